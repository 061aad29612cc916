//! TAP, the Test Anything Protocol, versions 12 to 14: <https://testanything.org/tap-version-14-specification.html>.
//!
//! A test with subtests counts as one itself, a suite of Node.js (`type: 'suite'`) does not. A test that is still to do
//! (`# TODO`) never fails the run.

mod plan;
mod point;
mod yaml;

use std::io::BufRead;

use self::{
    plan::Numbers,
    point::{Directive, Point},
    yaml::Block,
};
use super::{
    keep::Kept,
    lines::Lines,
    text::{clipped, SHORT},
    Format, Reading,
};
use crate::report::{Case, Status, Suite};

pub(super) const FORMAT: Format = Format { name: "TAP", sniff, read };

/// Deeper subtests than that are other output.
const DEEPEST: usize = 50;

fn sniff(head: &str) -> bool {
    let lines = || head.lines().map(str::trim_end);
    let first = lines().find(|line| !line.trim().is_empty() && !line.starts_with('#'));
    // `ok` without a number also begins the lines of `go test`.
    let begins = |line: &str| {
        plan::parse(line).is_some()
            || line.starts_with("Bail out!")
            || Point::parse(line).is_some_and(|it| it.number.is_some() || line.contains("ok -"))
    };
    first.is_some_and(begins) || lines().any(|line| version(line).is_some())
}

/// The number of `TAP version 14`.
fn version(line: &str) -> Option<u32> {
    line.strip_prefix("TAP version ")?.trim().parse().ok()
}

/// A stream of tests: that of the file, or of a subtest.
struct Level {
    indent: usize,
    suite: usize,
    /// Where it begins, for messages.
    line: u64,
    first_case: usize,
    plan: Option<plan::Plan>,
    /// Whether the plan came after tests, so that none may follow.
    closed: bool,
    numbers: Numbers,
    /// The test that was read last, to which diagnostics belong.
    last: Option<usize>,
}

#[derive(Default)]
struct State {
    levels: Vec<Level>,
    /// Names that `# Subtest: NAME` announced, with their indentation.
    names: Vec<(usize, String)>,
    block: Option<Block>,
    /// Where the last test holds what came before it, and that explains it: it may turn out to be a mere suite.
    group: Option<usize>,
    /// The indentation of a test whose subtests follow between braces and are still to do, and why.
    todo: Option<(usize, Option<String>)>,
    /// What follows a failed test as `# text`.
    comments: Kept,
    bailed: bool,
}

fn read(source: &mut dyn BufRead, reading: &mut Reading) {
    let mut lines = Lines::new(source);
    let mut state = State::default();
    while let Some(text) = lines.next() {
        state.take(&text, lines.number(), reading);
    }
    state.end(lines.number(), reading);
}

impl State {
    fn take(&mut self, text: &str, line: u64, reading: &mut Reading) {
        let text = text.trim_end();
        let bare = text.trim_start_matches(' ');
        let indent = text.len() - bare.len();
        if let Some(block) = &mut self.block {
            if block.take(indent, bare) {
                return;
            }
            let whole = block.is_whole();
            if !whole {
                reading.error("truncated", line, "a YAML block does not end before the next test".to_owned());
            }
            self.finish_block(reading);
            if whole {
                return;
            }
        }
        if bare.is_empty() {
            return;
        }
        if let Some(reason) = bare.strip_prefix("Bail out!") {
            self.bailed = true;
            let reason = Some(reason.trim()).filter(|it| !it.is_empty()).unwrap_or("no reason is given");
            reading.error("bail-out", line, format!("the run was given up: {}", clipped(reason, SHORT)));
            return;
        }
        if bare == "---" && self.begin_block(indent) {
            return;
        }
        if let Some(comment) = bare.strip_prefix('#') {
            self.comment(comment, indent);
            return;
        }
        if version(bare).is_some() {
            // A second one is that of the next file.
            if indent == 0 {
                self.close(0, true, line, reading);
            }
        } else if let Some(plan) = plan::parse(bare) {
            self.plan(plan, indent, line, reading);
        } else if let Some(point) = Point::parse(bare) {
            self.point(point, indent, line, reading);
        } else if bare == "}" {
            self.close(indent, false, line, reading);
        }
    }

    /// The stream of an indentation; it begins where it is four deeper than the one around it.
    fn level(&mut self, indent: usize, line: u64, reading: &mut Reading) -> Option<&mut Level> {
        let deepest = self.levels.last().map(|it| it.indent);
        if indent > 0 && deepest != Some(indent) {
            let around = deepest.map_or(0, |it| it + 4);
            if deepest.is_none() && indent == 4 {
                self.open(0, line, reading);
            } else if indent < around {
                self.close(indent, false, line, reading);
                return self.levels.last_mut().filter(|it| it.indent == indent);
            } else if indent != around || self.levels.len() >= DEEPEST {
                return None;
            }
            self.open(indent, line, reading);
        } else if indent == 0 {
            self.close(0, false, line, reading);
            if self.levels.is_empty() {
                self.open(0, line, reading);
            }
        }
        self.levels.last_mut()
    }

    fn open(&mut self, indent: usize, line: u64, reading: &mut Reading) {
        self.finish_comments(reading);
        let outer = self.levels.last().filter(|it| it.indent > 0).map(|it| reading.suites[it.suite].name.clone());
        let announced = |it: &(usize, String)| it.0 == indent || it.0 + 4 == indent;
        let own = self.names.iter().find(|it| announced(it)).map(|it| it.1.clone());
        // Without an announcement the test that follows tells the name.
        let own = if indent == 0 { "TAP".to_owned() } else { own.unwrap_or_default() };
        let name = [outer, Some(own)].into_iter().flatten().collect::<Vec<_>>().join(" > ");
        reading.suites.push(Suite { name, ..Suite::default() });
        self.names.retain(|it| it.0 > indent);
        let suite = reading.suites.len() - 1;
        let first_case = reading.cases.len();
        let numbers = Numbers::default();
        self.levels.push(Level { indent, suite, line, first_case, plan: None, closed: false, numbers, last: None });
    }

    /// Closes the streams that are deeper than an indentation, or that one, too. What the innermost of them that lies right
    /// below holds belongs to the next test.
    fn close(&mut self, indent: usize, too: bool, line: u64, reading: &mut Reading) -> Option<Level> {
        self.finish_comments(reading);
        let mut inner = None;
        while self.levels.last().is_some_and(|it| it.indent > indent || (too && it.indent == indent)) {
            let Some(level) = self.levels.pop() else { break };
            if !self.bailed {
                level.check(line, reading);
            }
            if let Some((_, why)) = self.todo.take_if(|it| it.0 + 4 == level.indent) {
                forgive(&mut reading.cases[level.first_case..], why.as_ref());
            }
            inner = Some(level);
        }
        inner
    }

    fn comment(&mut self, comment: &str, indent: usize) {
        let comment = comment.strip_prefix(' ').unwrap_or(comment);
        if let Some(name) = comment.strip_prefix("Subtest").map(|it| it.trim_start_matches(':').trim()) {
            self.names.retain(|it| it.0 < indent);
            self.names.push((indent, clipped(name, SHORT)));
            if let Some(level) = self.levels.last_mut() {
                level.last = None;
            }
        } else if self.levels.last().is_some_and(|it| it.last.is_some() && it.indent == indent) {
            self.comments.push(comment);
            self.comments.push("\n");
        }
    }

    fn finish_comments(&mut self, reading: &mut Reading) {
        let Some(comments) = std::mem::take(&mut self.comments).text() else { return };
        let Some(case) = self.levels.last_mut().and_then(|it| it.last).and_then(|it| reading.cases.get_mut(it)) else {
            return;
        };
        if case.status.is_failure() && case.details.trace.is_none() {
            let first = comments.lines().map(str::trim).find(|it| !it.is_empty() && !it.starts_with("Failed test"));
            case.details.message = case.details.message.take().or_else(|| first.map(str::to_owned));
            case.details.trace = Some(comments.trim_end().to_owned());
        }
    }

    fn begin_block(&mut self, indent: usize) -> bool {
        let Some(level) = self.levels.last().filter(|it| it.indent < indent && it.last.is_some()) else { return false };
        self.block = Some(Block::new(indent, level.indent));
        true
    }

    fn finish_block(&mut self, reading: &mut Reading) {
        let Some(block) = self.block.take() else { return };
        let Some(place) = self.levels.last().and_then(|it| it.last) else { return };
        if block.explain(&mut reading.cases[place]) && self.group == Some(place) && place + 1 == reading.cases.len() {
            reading.cases.pop();
            if let Some(level) = self.levels.last_mut() {
                level.last = None;
            }
        }
    }

    fn plan(&mut self, plan: plan::Plan, indent: usize, line: u64, reading: &mut Reading) {
        self.finish_comments(reading);
        let Some(level) = self.level(indent, line, reading) else { return };
        level.last = None;
        level.closed = level.numbers.count() > 0;
        if level.plan.is_some() {
            reading.error("second-plan", line, "a second plan stands in the same stream of tests".to_owned());
        } else if let (0, Some(reason)) = (plan.count, &plan.reason) {
            reading.warn("all-skipped", line, format!("all tests were skipped: {}", clipped(reason, SHORT)));
        }
        level.plan.get_or_insert(plan);
    }

    fn point(&mut self, point: Point, indent: usize, line: u64, reading: &mut Reading) {
        self.finish_comments(reading);
        // A test of one level ends the subtest below it.
        let inner = match self.levels.last() {
            Some(level) if level.indent > indent => self.close(indent, false, line, reading),
            _ => None,
        };
        let first_case = inner.as_ref().map(|it| it.first_case);
        let Some(level) = self.level(indent, line, reading) else { return };
        if level.closed {
            level.closed = false;
            reading.error("test-after-plan", line, "tests follow after the plan that ended them".to_owned());
        }
        let number = level.numbers.add(point.number);
        let mut case = Case { suite: level.suite, name: point.name(number), ..Case::default() };
        case.status = if point.ok { Status::Passed } else { Status::Failed };
        case.duration = point.seconds;
        match &point.directive {
            Some(Directive::Skip(reason)) if point.ok => {
                case.status = Status::Skipped;
                case.details.message = reason.clone();
            }
            Some(Directive::Skip(_)) => {
                reading.warn(
                    "skip-and-failure",
                    line,
                    format!("{} is skipped and failed: it counts as failed", case.name),
                );
            }
            Some(Directive::Todo(reason)) => {
                let todo = reason.clone().unwrap_or_else(|| "to do".to_owned());
                if point.ok {
                    case.properties.insert("todo".to_owned(), todo);
                } else {
                    case.status = Status::Skipped;
                    case.details.message = Some(format!("TODO: {todo}"));
                }
            }
            None => {}
        }
        if let (Some(first), Some(Directive::Todo(_))) = (first_case, &point.directive) {
            forgive(&mut reading.cases[first..], case.details.message.as_ref());
        }
        let todo = matches!(point.directive, Some(Directive::Todo(_)));
        if point.opens && todo {
            self.todo = Some((indent, case.details.message.clone()));
        } else if self.todo.as_ref().is_some_and(|it| indent <= it.0) {
            self.todo = None;
        }
        self.group = None;
        if let Some(inner) = inner.filter(|it| it.first_case < reading.cases.len()) {
            let failed = reading.cases[inner.first_case..].iter().any(|it| it.status.is_failure());
            let name = &mut reading.suites[inner.suite].name;
            if name.is_empty() || name.ends_with(" > ") {
                name.push_str(&case.name);
            }
            if failed || !case.status.is_failure() {
                self.group = Some(reading.cases.len());
            }
            if failed && point.ok {
                let message = format!("{} is ok, but not its subtests: they count as failed", case.name);
                reading.warn("subtest-failed", line, message);
            }
        }
        reading.cases.push(case);
        if let Some(level) = self.levels.last_mut() {
            level.last = Some(reading.cases.len() - 1);
        }
        if point.opens {
            self.names.retain(|it| it.0 < indent);
            self.names.push((indent, point.description));
        }
    }

    fn end(mut self, line: u64, reading: &mut Reading) {
        if self.block.is_some() {
            reading.error("truncated", line, "the file ends in the middle of a YAML block".to_owned());
            self.finish_block(reading);
        }
        if self.levels.is_empty() && !self.bailed {
            self.open(0, 1, reading);
        }
        self.close(0, true, line, reading);
    }
}

/// What failed inside of something that is still to do counts as skipped, too.
fn forgive(cases: &mut [Case], why: Option<&String>) {
    for case in cases.iter_mut().filter(|it| it.status.is_failure()) {
        case.status = Status::Skipped;
        case.details.message = why.cloned();
    }
}

impl Level {
    /// Compares the tests with the plan.
    fn check(&self, line: u64, reading: &mut Reading) {
        let of = match reading.suites[self.suite].name.as_str() {
            _ if self.indent == 0 => String::new(),
            "" => format!(" of the subtest of line {}", self.line),
            name => format!(" of the subtest {name}"),
        };
        let count = self.numbers.count();
        let Some(plan) = &self.plan else {
            let message =
                format!("the plan{of} is missing: {count} tests are there, and nobody knows how many there should be");
            reading.error("no-plan", line, message);
            return;
        };
        let planned = plan.count;
        let missing = self.numbers.missing(planned);
        if count > planned || self.numbers.highest() > planned {
            let highest = self.numbers.highest();
            let message = format!("the plan{of} is for {planned} tests, but {count} are there, up to number {highest}");
            reading.error("more-tests", line, message);
        }
        if let Some(missing) = missing {
            let message = format!("{planned} tests{of} are planned, but {count} are there; missing: {missing}");
            reading.error("lost-tests", line, message);
        } else if self.numbers.disordered {
            reading.warn("test-order", line, format!("tests{of} are not in the order of their numbers"));
        }
    }
}
