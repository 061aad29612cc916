//! `go test -json`: one event a line, packages interleaved, as <https://pkg.go.dev/cmd/test2json> describes it.
//!
//! A test with subtests counts as one itself, as Go counts it. Where a package ran again with nothing but tests that had
//! failed, as gotestsum does it, those are further attempts.

use std::{
    collections::{BTreeMap, HashMap},
    io::BufRead,
};

use serde_json::Value;

use super::{
    attempts,
    keep::Kept,
    lines::{event, Line, Lines},
    value::{seconds, text},
    Format, Reading,
};
use crate::report::{Case, Status, Suite};

pub(super) const FORMAT: Format = Format { name: "go test -json", sniff, read };

fn sniff(head: &str) -> bool {
    head.lines().any(|line| {
        line.starts_with('{')
            && line.contains("\"Action\":\"")
            && ["\"Package\":\"", "\"ImportPath\":\""].iter().any(|it| line.contains(it))
    })
}

#[derive(Default)]
struct Package {
    /// Position of its suite; there is none before its first test.
    suite: Option<usize>,
    /// Tests that run, by name.
    running: HashMap<String, Running>,
    /// Whether a test failed, so that the failure of the package is no news.
    failed: bool,
    started: Option<String>,
    output: Kept,
    /// The line of its last event, while it has not ended.
    open: Option<u64>,
    /// The positions of the tests of each time that it ran.
    rounds: Vec<Vec<usize>>,
    /// Those of the time that runs.
    round: Vec<usize>,
}

struct Running {
    case: usize,
    output: Kept,
}

#[derive(Default)]
struct State {
    packages: Vec<(String, Package)>,
    positions: HashMap<String, usize>,
    /// What the compiler wrote, by what it built.
    builds: HashMap<String, Kept>,
    /// Builds that failed, with their lines, until a package says that it failed because of them.
    failed_builds: BTreeMap<String, u64>,
    noise: bool,
}

fn read(source: &mut dyn BufRead, reading: &mut Reading) {
    let mut lines = Lines::new(source);
    let mut state = State::default();
    while let Some((line, next)) = event(&mut lines, &["{\"Time\":\"", "{\"Action\":\"", "{\"ImportPath\":\""], reading)
    {
        match next {
            Line::Event(event) => state.take(&event, line, reading),
            Line::Noise(noise) => state.noise(&noise, line, reading),
        }
    }
    state.end(reading);
}

impl State {
    fn package(&mut self, name: &str) -> usize {
        *self.positions.entry(name.to_owned()).or_insert_with(|| {
            self.packages.push((name.to_owned(), Package::default()));
            self.packages.len() - 1
        })
    }

    fn noise(&mut self, text: &str, line: u64, reading: &mut Reading) {
        // Go up to 1.19 says so about packages that it could not build, outside of the JSON.
        if text.starts_with("FAIL") {
            reading.error("failed-package", line, format!("a package failed outside of the events: {}", text.trim()));
        } else if !self.noise {
            self.noise = true;
            reading.warn("other-text", line, "there is other text between the events; it was passed over".to_owned());
        }
    }

    fn take(&mut self, event: &Value, line: u64, reading: &mut Reading) {
        let Some(action) = event.get("Action").and_then(Value::as_str) else {
            reading.warn("unknown-event", line, "an event without `Action` was passed over".to_owned());
            return;
        };
        let output = event.get("Output").and_then(Value::as_str).unwrap_or_default();
        if let Some(path) = event.get("ImportPath").and_then(Value::as_str) {
            self.builds.entry(path.to_owned()).or_default().push(output);
            if action == "build-fail" {
                self.failed_builds.insert(path.to_owned(), line);
            }
            return;
        }
        let Some(name) = text(event, "Package") else {
            reading.warn("unknown-event", line, format!("an event `{action}` without `Package` was passed over"));
            return;
        };
        let position = self.package(&name);
        let test = event.get("Test").and_then(Value::as_str).filter(|it| !it.is_empty());
        let failed_build = event.get("FailedBuild").and_then(Value::as_str);
        let build = failed_build.and_then(|it| self.builds.remove(it));
        failed_build.and_then(|it| self.failed_builds.remove(it));
        let package = &mut self.packages[position].1;
        package.started = package.started.take().or_else(|| text(event, "Time"));
        package.open = Some(line);
        match (action, test) {
            ("output", Some(test)) => match package.running.get_mut(test) {
                Some(running) => running.output.push(output),
                None => package.output.push(output),
            },
            ("output", None) => package.output.push(output),
            ("run", Some(test)) => {
                package.begin(&name, test, reading);
            }
            ("pass" | "fail" | "skip", Some(test)) => {
                let status = match action {
                    "pass" => Status::Passed,
                    "fail" => Status::Failed,
                    _ => Status::Skipped,
                };
                // Benchmarks and examples of old versions end without a beginning.
                if !package.running.contains_key(test) {
                    package.begin(&name, test, reading);
                }
                if let Some(running) = package.running.remove(test) {
                    package.failed |= status == Status::Failed;
                    running.end(status, seconds(event, "Elapsed"), reading);
                }
            }
            ("pass" | "fail" | "skip", None) => {
                if let Some(build) = build.and_then(Kept::text) {
                    package.output.push(&build);
                }
                package.crashed(&name, line, reading);
                package.end(&name, action == "fail", "the test process ended before it did", reading);
                package.open = None;
            }
            ("start" | "run" | "pause" | "cont" | "bench" | "attr" | "artifacts", _) => {}
            (other, _) => reading.warn("unknown-event", line, format!("an event `{other}` was passed over")),
        }
    }

    fn end(mut self, reading: &mut Reading) {
        let mut rounds = Vec::new();
        for (name, mut package) in self.packages {
            let Some(line) = package.open else {
                rounds.push(package.rounds);
                continue;
            };
            reading.error(
                "no-end",
                line,
                format!("the package {name} did not end: it crashed, or the file was cut off"),
            );
            package.failed = true;
            package.end(&name, false, "neither the test nor its package ended", reading);
            rounds.push(package.rounds);
        }
        attempts::merge_rounds(&mut reading.cases, &rounds);
        for (path, line) in self.failed_builds {
            self.builds.remove(&path);
            reading.error("failed-build", line, format!("{path} could not be built, and no package says so"));
        }
        let mut builds: Vec<_> =
            self.builds.into_iter().filter_map(|(path, output)| Some((path, output.text()?))).collect();
        builds.sort();
        for (path, output) in builds {
            let first = output.lines().find(|it| !it.starts_with('#')).unwrap_or_default().to_owned();
            // Warnings of the compiler come without a failed package.
            reading.warn("build-output", 1, format!("the compiler said of {path}: {first}"));
        }
    }
}

impl Package {
    fn suite(&mut self, name: &str, reading: &mut Reading) -> usize {
        *self.suite.get_or_insert_with(|| {
            let timestamp = self.started.clone();
            reading.suites.push(Suite { name: name.to_owned(), timestamp, ..Suite::default() });
            reading.suites.len() - 1
        })
    }

    fn begin(&mut self, package: &str, test: &str, reading: &mut Reading) {
        let suite = self.suite(package, reading);
        let case = Case { suite, name: test.to_owned(), class: Some(package.to_owned()), ..Case::default() };
        self.round.push(reading.cases.len());
        reading.cases.push(Case { status: Status::Errored, ..case });
        let running = Running { case: reading.cases.len() - 1, output: Kept::default() };
        if let Some(lost) = self.running.insert(test.to_owned(), running) {
            lost.lose("the test began again before it ended", reading);
            self.failed = true;
        }
    }

    /// Says that the process of the package died in a test, which takes those with it that were still to come.
    fn crashed(&self, name: &str, line: u64, reading: &mut Reading) {
        let died = |it: &&usize| {
            let details = &reading.cases[**it].details;
            let trace = details.trace.as_deref().unwrap_or_default();
            details.kind.as_deref() == Some("panic") && trace.lines().any(|line| line.starts_with("goroutine "))
        };
        let running = self.running.values().map(|it| it.case).min();
        let Some(case) = running.or_else(|| self.round.iter().find(died).copied()) else { return };
        let test = reading.cases[case].name.clone();
        let message = format!("the package {name} crashed in {test}; tests that would have come after it did not run");
        reading.error("crashed", line, message);
    }

    /// Ends the tests that still run, and makes a failure that no test explains a test.
    fn end(&mut self, name: &str, failed: bool, lost: &str, reading: &mut Reading) {
        let mut running: Vec<Running> = self.running.drain().map(|(_, running)| running).collect();
        running.sort_by_key(|it| it.case);
        self.failed |= !running.is_empty();
        for running in running {
            running.lose(lost, reading);
        }
        let output = std::mem::take(&mut self.output).text();
        if failed && !self.failed {
            let suite = self.suite(name, reading);
            let output = output.unwrap_or_default();
            let said = output.lines().map(str::trim).filter(|it| !it.is_empty() && !it.starts_with('#'));
            let first = said.clone().find(|it| !it.starts_with("FAIL")).or_else(|| said.clone().next());
            let build = output.contains("[build failed]") || output.contains("[setup failed]");
            let mut case =
                Case { suite, name: "(package)".to_owned(), class: Some(name.to_owned()), ..Case::default() };
            case.status = Status::Errored;
            case.details.message = Some(first.unwrap_or("the package failed, but none of its tests").to_owned());
            case.details.kind = build.then(|| "build failed".to_owned());
            case.details.trace = Some(output).filter(|it| !it.is_empty());
            reading.cases.push(case);
        }
        self.failed = false;
        self.rounds.push(std::mem::take(&mut self.round));
    }
}

impl Running {
    fn end(self, status: Status, duration: Option<f64>, reading: &mut Reading) {
        let case = &mut reading.cases[self.case];
        case.status = status;
        case.duration = duration;
        if status != Status::Passed {
            case.explain(self.output);
        }
    }

    fn lose(self, why: &str, reading: &mut Reading) {
        let case = &mut reading.cases[self.case];
        case.explain(self.output);
        let said = case.details.message.take().map(|it| format!(": {it}")).unwrap_or_default();
        case.details.message = Some(format!("{why}{said}"));
    }
}

impl Case {
    /// Takes message and place from what the test wrote.
    fn explain(&mut self, output: Kept) {
        let Some(output) = output.text() else { return };
        let own = |line: &&str| {
            !line.starts_with("=== ") && !line.trim_start().starts_with("--- ") && !line.trim().is_empty()
        };
        let lines: Vec<&str> = output.lines().filter(own).collect();
        let Some(first) = lines.first() else { return };
        if let Some(panic) = lines.iter().find(|it| it.starts_with("panic: ")) {
            self.details.kind = Some("panic".to_owned());
            self.details.message = Some((*panic).to_owned());
        } else {
            self.details.message = Some(first.trim().to_owned());
        }
        for line in &lines {
            // `    cart_test.go:12: sum = 3, want 4`
            let mut parts = line.trim_start().splitn(3, ':');
            let (Some(file), Some(number), Some(message)) = (parts.next(), parts.next(), parts.next()) else {
                continue;
            };
            let Ok(number) = number.parse() else { continue };
            if file.ends_with(".go") && !file.contains(char::is_whitespace) {
                self.file = Some(file.to_owned());
                self.line = Some(number);
                if self.details.kind.is_none() && !message.trim().is_empty() {
                    self.details.message = Some(message.trim().to_owned());
                }
                break;
            }
        }
        if self.status != Status::Skipped {
            self.details.trace = Some(lines.join("\n"));
        }
    }
}
