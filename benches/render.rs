//! How long loading, planning and rendering take, beside a plain serialisation of the same plan.
//!
//! `cargo bench` prints the figures of every step, then the ratios. Nothing here is a test: a slow machine fails
//! nothing.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark stops when it cannot go on, and prints")]

use std::{
    fmt::Write,
    fs, hint,
    process::Command,
    time::{Duration, Instant},
};

use ci_gen::{
    plan::{self, Plan},
    spec::{self, Loaded, Schema},
    systems::{self, Generated},
    SystemId,
};
use divan::Bencher;

const EXAMPLES: &[&str] =
    &["quickstart", "python-service", "rust-workspace", "node-monorepo", "java-library", "everything"];
const SIZES: &[usize] = &[10, 100, 1_000];

fn main() {
    divan::main();
    println!("\n{:<24} {:>12} {:>14} {:>8}", "all eight, from text", "render", "serialisation", "ratio");
    for name in EXAMPLES {
        ratio(name, &example(name));
    }
    for jobs in SIZES {
        ratio(&format!("{jobs} jobs, {} legs", jobs * 4), &generated(*jobs));
    }
    println!("\n{:<24} {:>12}", "whole process", "median");
    for name in EXAMPLES {
        println!("{name:<24} {:>12?}", process(name));
    }
}

fn example(name: &str) -> String {
    fs::read_to_string(format!("{}/examples/{name}/ci-gen.toml", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// A spec of that many jobs with four legs each, every fifth job needing the one before.
fn generated(jobs: usize) -> String {
    let targets: Vec<&str> = SystemId::ALL.iter().map(|it| it.key()).collect();
    let mut spec = format!("schema = 1\ntargets = {targets:?}\npolicy.unsupported = \"warn\"\n");
    for job in 0..jobs {
        write!(
            spec,
            "\n[job.job-{job}]\nsetup = {{ python = \"{{{{ matrix.python }}}}\" }}\ninstall = \"pip install -e .\"\n\
             test = \"pytest --junitxml=results/{job}.xml -k {{{{ matrix.suite }}}}\"\nresults = \"results/*.xml\"\n\
             env = {{ SUITE = \"{{{{ matrix.suite }}}}\" }}\n"
        )
        .unwrap();
        if job % 5 == 4 {
            writeln!(spec, "needs = \"job-{}\"", job - 1).unwrap();
        }
        writeln!(spec, "[job.job-{job}.matrix]\npython = [\"3.12\", \"3.13\"]\nsuite = [\"fast\", \"slow\"]").unwrap();
    }
    spec
}

fn load(text: &str, schema: &Schema) -> Loaded {
    spec::load(text, schema).unwrap()
}

fn render(loaded: &Loaded, plan: &Plan) -> Generated {
    systems::generate(&loaded.spec, plan, SystemId::ALL, "ci-gen.toml")
}

/// The least of several runs, which is what the work itself costs.
fn least<T>(mut work: impl FnMut() -> T) -> Duration {
    let start = Instant::now();
    let mut least = Duration::MAX;
    for round in 0..200 {
        let begin = Instant::now();
        hint::black_box(work());
        least = least.min(begin.elapsed());
        if round >= 2 && start.elapsed() > Duration::from_secs(2) {
            break;
        }
    }
    least
}

fn ratio(name: &str, text: &str) {
    let schema = systems::schema().unwrap();
    let render = least(|| {
        let loaded = load(text, &schema);
        let (plan, _) = plan::build(&loaded.spec);
        render(&loaded, &plan)
    });
    let (plan, _) = plan::build(&load(text, &schema).spec);
    let serialise = least(|| serde_json::to_string(&plan::to_json(&plan)).unwrap());
    let ratio = render.as_secs_f64() / serialise.as_secs_f64();
    println!("{name:<24} {render:>12.2?} {serialise:>14.2?} {ratio:>8.1}");
}

/// The binary itself, from start to end, writing nothing new.
fn process(name: &str) -> Duration {
    let out = std::env::temp_dir().join(format!("ci-gen-bench-{}-{name}", std::process::id()));
    let spec = format!("{}/examples/{name}/ci-gen.toml", env!("CARGO_MANIFEST_DIR"));
    let mut times: Vec<Duration> = (0..21)
        .map(|_| {
            let start = Instant::now();
            let status = Command::new(env!("CARGO_BIN_EXE_ci-gen"))
                .args(["-q", "render", "--spec", &spec, "--out"])
                .arg(&out)
                .stderr(std::process::Stdio::null())
                .status()
                .unwrap();
            assert!(status.success());
            start.elapsed()
        })
        .collect();
    fs::remove_dir_all(&out).unwrap();
    times.sort();
    times[times.len() / 2]
}

#[divan::bench]
fn read_schema() -> Schema {
    systems::schema().unwrap()
}

#[divan::bench(args = SIZES)]
fn load_generated(bencher: Bencher<'_, '_>, jobs: usize) {
    let (text, schema) = (generated(jobs), systems::schema().unwrap());
    bencher.bench_local(|| load(&text, &schema));
}

#[divan::bench(args = SIZES)]
fn plan_generated(bencher: Bencher<'_, '_>, jobs: usize) {
    let loaded = load(&generated(jobs), &systems::schema().unwrap());
    bencher.bench_local(|| plan::build(&loaded.spec));
}

#[divan::bench(args = SIZES)]
fn render_generated(bencher: Bencher<'_, '_>, jobs: usize) {
    let loaded = load(&generated(jobs), &systems::schema().unwrap());
    let (plan, _) = plan::build(&loaded.spec);
    bencher.bench_local(|| render(&loaded, &plan));
}

#[divan::bench(args = EXAMPLES)]
fn render_example(bencher: Bencher<'_, '_>, name: &str) {
    let loaded = load(&example(name), &systems::schema().unwrap());
    let (plan, _) = plan::build(&loaded.spec);
    bencher.bench_local(|| render(&loaded, &plan));
}
