//! How fast result files are read and reports written, beside what nobody can do better.
//!
//! `cargo bench --bench report` prints, in one run: reading of JUnit XML beside two loops over the events that quick-xml
//! finds in the same bytes, 1 GB with the memory that it takes, 10,000 small files, and pages for 100,000 tests. Nothing
//! here is a test: a slow machine fails nothing.
//!
//! Both loops read as a file is read: through a buffer of the size that ours has, with names of ends compared and text
//! checked to be UTF-8, which quick-xml does by itself. The bare one does nothing with the events: it looks at no attribute
//! and keeps nothing. The least one does what no reader of tests can leave out: it looks at the attributes and keeps
//! [`Case`]s with name, class, time and trace. It tells no error, has no bound, knows no entity and merges no attempts.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark stops when it cannot go on, and prints")]

use std::{
    fmt::Write,
    fs, hint,
    io::{self, BufReader, Read},
    thread,
    time::{Duration, Instant},
};

use ci_gen::report::{assemble, read::read, write::FORMATS, Attempted, Case, Run, Settings};
use quick_xml::{events::Event, Reader};

fn main() {
    reading();
    large();
    small();
    writing();
}

/// A file of so many tests; every tenth fails with a trace.
fn junit(tests: usize) -> String {
    let mut out = format!("<testsuite name=\"bench\" tests=\"{tests}\" failures=\"{}\">\n", tests.div_ceil(10));
    (0..tests).for_each(|number| out.push_str(&case(number)));
    out.push_str("</testsuite>\n");
    out
}

fn case(number: usize) -> String {
    let mut out = String::new();
    let class = number / 50;
    write!(
        out,
        "  <testcase classname=\"com.acme.shop.Test{class}\" name=\"method{number}\" time=\"0.0{}\"",
        number % 90
    )
    .unwrap();
    match number % 10 {
        0 => {
            let frames: String = (0..12).map(|it| format!("\tat com.acme.shop.Cart.step{it}(Cart.java:{it}7)\n")).collect();
            writeln!(out, ">\n    <failure message=\"expected {number}\" type=\"AssertionError\">{frames}</failure>\n  </testcase>")
        }
        _ => writeln!(out, "/>"),
    }
    .unwrap();
    out
}

/// As much is read at once, by ours too.
const BUFFER: usize = 16 * 1024;

/// Every event of the file, and nothing done with it.
fn bare(bytes: &[u8]) -> usize {
    let mut reader = Reader::from_reader(BufReader::with_capacity(BUFFER, bytes));
    let mut buffer = Vec::new();
    let mut events = 0;
    loop {
        match reader.read_event_into(&mut buffer).unwrap() {
            Event::Eof => return events,
            _ => events += 1,
        }
        buffer.clear();
    }
}

/// Every event of the file, and the tests in it.
fn tests(bytes: &[u8]) -> usize {
    let mut reader = Reader::from_reader(BufReader::with_capacity(BUFFER, bytes));
    let mut buffer = Vec::new();
    let mut cases: Vec<Case> = Vec::new();
    loop {
        match reader.read_event_into(&mut buffer).unwrap() {
            Event::Eof => return cases.len(),
            Event::Start(element) | Event::Empty(element) if element.name().as_ref() == "testcase" => {
                let mut case = Case::default();
                for attribute in element.attributes().map(Result::unwrap) {
                    match attribute.key.as_ref() {
                        "name" => case.name = attribute.value.into_owned(),
                        "classname" => case.class = Some(attribute.value.into_owned()),
                        "time" => case.duration = attribute.value.parse().ok(),
                        _ => {}
                    }
                }
                cases.push(case);
            }
            Event::Text(text) if !text.trim().is_empty() => {
                cases.last_mut().unwrap().details.trace = Some(text.to_string());
            }
            _ => {}
        }
        buffer.clear();
    }
}

fn least<T>(mut work: impl FnMut() -> T) -> Duration {
    let round = || {
        let begin = Instant::now();
        hint::black_box(work());
        begin.elapsed()
    };
    std::iter::repeat_with(round).take(7).min().unwrap()
}

fn rate(bytes: usize, time: Duration) -> f64 {
    bytes as f64 / 1e6 / time.as_secs_f64()
}

fn reading() {
    println!("{:<16} {:>10} {:>20} {:>20}", "JUnit XML, MB/s", "ci-gen", "bare events", "least reader");
    for count in [1_000, 10_000, 100_000] {
        let text = junit(count);
        let of = |time: Duration| rate(text.len(), time);
        let ours = of(least(|| read("bench.xml", text.as_bytes()).cases.len()));
        let beside = |time: Duration| format!("{:.0} ({:.0}% of it)", of(time), 100.0 * ours / of(time));
        let (bare, tests) = (beside(least(|| bare(text.as_bytes()))), beside(least(|| tests(text.as_bytes()))));
        println!("{:<16} {ours:>10.0} {bare:>20} {tests:>20}", format!("{count} tests"));
    }
}

/// A file that is made while it is read: tests whose output is long, as large files have it.
struct Endless {
    left: usize,
    number: usize,
    ready: Vec<u8>,
    at: usize,
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.ready.len() {
            if self.left == 0 {
                return Ok(0);
            }
            let noise = "a line of output that a test has written\n".repeat(2_000);
            self.number += 1;
            let text = format!(
                "<testcase classname=\"a\" name=\"t{}\"><system-out>{noise}</system-out></testcase>\n",
                self.number
            );
            self.left = self.left.saturating_sub(text.len());
            self.ready = if self.left == 0 { format!("{text}</testsuite>") } else { text }.into_bytes();
            self.at = 0;
        }
        let count = buffer.len().min(self.ready.len() - self.at);
        buffer[..count].copy_from_slice(&self.ready[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

fn large() {
    const SIZE: usize = 1_000_000_000;
    let file = Endless { left: SIZE, number: 0, ready: b"<testsuite name=\"large\">\n".to_vec(), at: 0 };
    let begin = Instant::now();
    let tests = read("large.xml", file).cases.len();
    let time = begin.elapsed();
    println!("\n{:<24} {:>12.0} MB/s, {tests} tests, {}", "1 GB of XML", rate(SIZE, time), resident());
}

/// The most memory that this process has had so far, where the system tells.
fn resident() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak =
        status.lines().find_map(|it| it.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    peak.map_or_else(|| "memory unknown".to_owned(), |it| format!("at most {} MB resident", it / 1024))
}

fn small() {
    let directory = tempfile::tempdir().unwrap();
    let text = junit(5);
    let paths: Vec<_> = (0..10_000).map(|it| directory.path().join(format!("{it}.xml"))).collect();
    paths.iter().for_each(|it| fs::write(it, &text).unwrap());
    // As `ci-gen run` does it: in as many threads as there are cores.
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let ours = least(|| {
        thread::scope(|scope| {
            for part in paths.chunks(paths.len().div_ceil(threads)) {
                scope.spawn(|| {
                    part.iter().map(|it| read("x.xml", fs::File::open(it).unwrap()).cases.len()).sum::<usize>()
                });
            }
        });
    });
    let bound = least(|| paths.iter().map(|it| fs::read(it).unwrap().len()).sum::<usize>());
    println!("\n{:<24} {ours:>12.0?}, {bound:.0?} to have the bytes alone", "10,000 small files");
}

fn writing() {
    let reading = read("bench.xml", junit(100_000).as_bytes());
    let attempts = vec![Attempted { reading, files: 1, outcome: None }];
    let report = assemble(Run::default(), attempts, &Settings::default());
    println!("\n{:<24} {:>12} {:>14}", "100,000 tests", "time", "size");
    for format in FORMATS {
        let mut size = 0;
        let time = least(|| {
            let mut out = Vec::new();
            (format.write)(&report, &mut out).unwrap();
            size = out.len();
        });
        println!("{:<24} {time:>12.0?} {:>11.1} MB", format.file, size as f64 / 1e6);
    }
}
