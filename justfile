# The developer's verbs; `just` lists them.
default:
    @just --list

# What a change must pass, without the tools from outside
check:
    cargo fmt --all --check
    cargo clippy --all-targets -- -D warnings
    cargo test

# Everything that CI runs
ci:
    .ci/run

# Write goldens, schema and tables anew; read the difference before you commit it
update:
    UPDATE=1 cargo test
    git --no-pager diff --stat

# How fast it is, with ratios
bench:
    cargo bench

# The documentation of the library
doc:
    cargo doc --no-deps --open
