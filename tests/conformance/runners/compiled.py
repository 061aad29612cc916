"""The runners of languages that are compiled: cargo test, nextest, go test, and Maven Surefire with JUnit."""

import tools
from runners.bench import CRASH, FLAKY, GREEN, LEAVE, MIXED, NOTHING, OWN, PROJECTS, RETRY, Broken, Case, Runner, hangs


def cargo(*parts):
    """cargo test on some files, with the JSON of the harness, which a stable compiler gives only if told to."""
    files = " ".join(f"--test {it}" for it in parts)
    harness = "-Zunstable-options --format json --test-threads 1"
    return ["sh", "-c", f"cargo test --offline --no-fail-fast {files} -- {harness} > results.jsonl"]


def nextest(*parts):
    """nextest on some files; parts with a dash are options."""
    files = [it if it.startswith("-") else f"--test={it}" for it in parts]
    return [tools.nextest(), "nextest", "run", "--offline", *files]


def go(*parts):
    """go test on some packages."""
    return ["sh", "-c", f"go test -json {' '.join(f'./{it}' for it in parts)} > results.jsonl"]


def maven(*parts):
    """Surefire on some classes; parts with a dash are options."""
    classes = ",".join(f"{it}Test" for it in parts if not it.startswith("-"))
    selected = [f"-Dtest={classes}"] if classes else []
    return [*tools.maven(PROJECTS / "maven"), *selected, *(it for it in parts if it.startswith("-")), "test"]


# Classes that the command does not name itself: what it names goes before what ci-gen asks for.
FLAKY_CLASS = "-Dsurefire.includesFile=flaky.txt"
RUST = {"RUSTC_BOOTSTRAP": "1"}
RUST_MIXED = [
    "passed passes",
    "failed fails",
    "failed gives_an_error",
    "passed panics_as_expected",
    "failed does_not_panic",
]
GO_GREEN = ["passed TestAdds", "passed TestSells", "passed TestSells/tea", "passed TestSells/two_words"]

RUNNERS = [
    Runner(
        "cargo test",
        "rust",
        "results.jsonl",
        cargo,
        [
            Case(GREEN, "green", ["passed adds", "passed till::opens"]),
            Case(
                MIXED,
                "green mixed",
                ["passed adds", "passed till::opens", "skipped is_ignored", *RUST_MIXED],
                ["failures"],
            ),
            Case(FLAKY, "flaky", ["passed is_steady", "flaky wavers"], flags=RETRY),
            Case(CRASH, "crash", ["passed a_before", "errored b_aborts"], ["failures", "no-end"]),
            Case(LEAVE, "leave", ["passed a_before", "errored b_leaves"], ["failures", "no-end"]),
            Case("a file that does not compile", "uncompiled", [], ["exit-code", "empty-file", "no-tests"]),
            hangs("hang", ["passed a_before", "errored b_hangs"], ["failures", "no-end"]),
        ],
        [
            Broken(MIXED, "tests/mixed.rs", "add(1, 1), 3", "add(1, 1), 2"),
            Broken(FLAKY, "tests/flaky.rs", "assert!(again)", "assert!(again || true)"),
            Broken(CRASH, "tests/crash.rs", "std::process::abort()", "panic!()"),
            Broken(LEAVE, "tests/leave.rs", "std::process::exit(0)", "panic!()"),
        ],
        RUST,
    ),
    # A process for each test, so one that dies takes no other with it; ignored tests are not in its file.
    Runner(
        "nextest",
        "rust",
        "target/nextest/default/junit.xml",
        nextest,
        [
            Case(GREEN, "green", ["passed adds", "passed till::opens"]),
            Case(MIXED, "green mixed", ["passed adds", "passed till::opens", *RUST_MIXED], ["failures"]),
            Case(FLAKY, "flaky", ["passed is_steady", "flaky wavers"], flags=RETRY),
            Case(OWN, "--retries=1 flaky", ["passed is_steady", "flaky wavers"]),
            Case(CRASH, "crash", ["passed a_before", "failed b_aborts", "passed c_after"], ["failures"]),
            Case("a file that does not compile", "uncompiled", [], ["exit-code", *NOTHING]),
            hangs("hang", ["passed a_before", "failed b_hangs"], ["failures"]),
        ],
        [
            Broken(MIXED, "tests/mixed.rs", "add(1, 1), 3", "add(1, 1), 2"),
            Broken(CRASH, "tests/crash.rs", "std::process::abort()", "()"),
        ],
        RUST,
    ),
    Runner(
        "go test",
        "go",
        "results.jsonl",
        go,
        [
            Case(GREEN, "green", GO_GREEN),
            Case(
                MIXED,
                "mixed",
                [
                    "passed TestPasses",
                    "failed TestFails",
                    "skipped TestSkips",
                    "failed TestSells",
                    "passed TestSells/tea",
                    "failed TestSells/milk",
                ],
                ["failures"],
            ),
            Case(FLAKY, "flaky", ["passed TestIsSteady", "flaky TestWavers"], flags=RETRY, alone=["TestWavers"]),
            Case(CRASH, "crash", ["passed TestBefore", "errored TestDies"], ["failures", "crashed"]),
            Case("a test panics", "panic", ["passed TestBefore", "failed TestPanics"], ["failures", "crashed"]),
            Case(LEAVE, "leave", ["passed TestBefore", "failed TestLeaves"], ["failures", "crashed"]),
            Case("a package that does not compile", "green uncompiled", [*GO_GREEN, "errored (package)"], ["failures"]),
            hangs("hang", ["passed TestBefore", "errored TestHangs"], ["failures", "no-end"]),
        ],
        [
            Broken(MIXED, "mixed/mixed_test.go", 't.Error("1 + 1 is not 3")', ""),
            Broken(FLAKY, "flaky/flaky_test.go", "missing != nil", "missing != nil || true"),
            Broken(CRASH, "crash/crash_test.go", "os.Exit(3)", "_ = os.Args"),
            Broken("a package that does not compile", "uncompiled/uncompiled_test.go", "open(t)", "t.Log()"),
        ],
    ),
    Runner(
        "Maven Surefire",
        "maven",
        "target/surefire-reports/TEST-*.xml",
        maven,
        [
            Case(GREEN, "Green", ["passed adds", "passed sells(String)[1]", "passed sells(String)[2]"]),
            Case(
                MIXED,
                "Mixed Broken",
                [
                    "passed passes",
                    "failed fails",
                    "errored throwsAnError",
                    "skipped isSkipped",
                    "skipped assumesTooMuch",
                    "errored initializationError",
                ],
                ["failures"],
            ),
            Case(FLAKY, FLAKY_CLASS, ["passed isSteady", "flaky wavers"], flags=RETRY, alone=["wavers"]),
            Case(OWN, "-Dsurefire.rerunFailingTestsCount=1 Flaky", ["passed isSteady", "flaky wavers"]),
            Case(CRASH, "Crash", [], ["exit-code", "no-results"]),
            hangs("Hang", [], ["no-results"]),
        ],
        [Broken(MIXED, "src/test/java/shop/MixedTest.java", "assertEquals(3,", "assertEquals(2,")],
    ),
]
