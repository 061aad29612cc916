//! Attempts joined: the same test in several attempts becomes one test that knows its earlier attempts.

use std::collections::{HashMap, HashSet};

use super::{read::Reading, Attempt, Case, Status, Suite};

/// Attempts as one.
#[derive(Debug, Default)]
pub(super) struct Joined {
    /// The suites.
    pub(super) suites: Vec<Suite>,
    /// The tests; none of any attempt is lost.
    pub(super) cases: Vec<Case>,
    /// For each attempt, which tests it ran and how they ended then.
    ran: Vec<Vec<(usize, Status)>>,
}

impl Joined {
    /// Whether the last attempt takes the place of that earlier one, so that what was wrong with the files and the end
    /// of the earlier one no longer counts.
    ///
    /// It does when it ran everything anew: every test that is known, and either more tests than the earlier attempt
    /// or some that had passed there. Tests that a damaged file lost might be lost for good when only the failed ones
    /// are run again.
    pub(super) fn superseded(&self, attempt: usize) -> bool {
        let (Some(last), Some(earlier)) = (self.ran.last(), self.ran.get(attempt)) else { return false };
        let distinct: HashSet<usize> = last.iter().map(|(case, _)| *case).collect();
        let everything = !last.is_empty() && distinct.len() == self.cases.len();
        let anew = last.len() > earlier.len()
            || earlier.iter().any(|(case, status)| *status == Status::Passed && distinct.contains(case));
        everything && anew
    }

    /// Adds the next attempt.
    ///
    /// A test is the same when suite, class, name and file are, unless the file is where it failed; among equal ones the
    /// position decides, or, where only as many come again as had failed, those that failed. What an attempt does not
    /// run, or skips, keeps its result.
    pub(super) fn add(&mut self, reading: Reading) {
        if self.ran.is_empty() {
            self.ran.push(reading.cases.iter().enumerate().map(|(index, case)| (index, case.status)).collect());
            (self.suites, self.cases) = (reading.suites, reading.cases);
            return;
        }
        let targets = self.targets(&reading);
        let suites = self.add_suites(reading.suites);
        let mut ran = Vec::new();
        for (case, target) in reading.cases.into_iter().zip(targets) {
            let status = case.status;
            match target {
                Some(index) => {
                    if again(&mut self.cases[index], case) {
                        ran.push((index, status));
                    }
                }
                None => {
                    ran.push((self.cases.len(), status));
                    let suite = suites.get(case.suite).copied().unwrap_or(case.suite);
                    self.cases.push(Case { suite, ..case });
                }
            }
        }
        self.ran.push(ran);
    }

    /// For each test of a reading, which test it is again.
    fn targets(&self, reading: &Reading) -> Vec<Option<usize>> {
        let mut targets = vec![None; reading.cases.len()];
        let mut taken = HashSet::new();
        let stated = self.stated(reading);
        for likeness in LIKENESSES {
            let mut known: HashMap<Key<'_>, Vec<usize>> = HashMap::new();
            for (index, case) in self.cases.iter().enumerate().filter(|(index, _)| !taken.contains(index)) {
                known.entry(Key::new(case, &self.suites, likeness)).or_default().push(index);
            }
            let mut coming: HashMap<Key<'_>, Vec<usize>> = HashMap::new();
            for (position, case) in reading.cases.iter().enumerate().filter(|(it, _)| targets[*it].is_none()) {
                coming.entry(Key::new(case, &reading.suites, likeness)).or_default().push(position);
            }
            let mut found = Vec::new();
            for (key, positions) in coming {
                let Some(known) = known.get(&key) else { continue };
                let failed: Vec<usize> =
                    known.iter().copied().filter(|index| self.cases[*index].status.is_failure()).collect();
                let chosen =
                    if positions.len() < known.len() && positions.len() == failed.len() { &failed } else { known };
                let pairs = positions.into_iter().zip(chosen.iter().copied());
                found.extend(pairs.filter(|(position, index)| {
                    let (one, other) = (&self.cases[*index].file, &reading.cases[*position].file);
                    one == other || one.is_none() || other.is_none() || !stated.contains(key.suite)
                }));
            }
            for (position, index) in found {
                targets[position] = Some(index);
                taken.insert(index);
            }
        }
        targets
    }

    /// The suites in which files are where tests stand. Tools that know only where a test failed (`go test`, Rust's
    /// harness, Node.js in TAP) have none for tests that passed.
    fn stated<'a>(&'a self, reading: &'a Reading) -> HashSet<&'a str> {
        let of = |cases: &'a [Case], suites: &'a [Suite]| {
            let stated = cases.iter().filter(|it| it.status == Status::Passed && it.file.is_some());
            stated.map(|it| suites.get(it.suite).map_or("", |suite| suite.name.as_str()))
        };
        of(&self.cases, &self.suites).chain(of(&reading.cases, &reading.suites)).collect()
    }

    /// Adds suites that are not there yet; for each one its position.
    fn add_suites(&mut self, suites: Vec<Suite>) -> Vec<usize> {
        let mut exact: HashMap<(Option<String>, String), Vec<usize>> = HashMap::new();
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, suite) in self.suites.iter().enumerate().rev() {
            exact.entry((suite.file.clone(), suite.name.clone())).or_default().push(index);
            by_name.entry(suite.name.clone()).or_default().push(index);
        }
        let mut taken = HashSet::new();
        let mut positions = Vec::new();
        for suite in suites {
            let same = exact.get_mut(&(suite.file.clone(), suite.name.clone())).and_then(Vec::pop);
            let same = same.or_else(|| {
                let named = by_name.get_mut(&suite.name)?;
                std::iter::from_fn(|| named.pop()).find(|index| !taken.contains(index))
            });
            let position = match same {
                Some(index) if taken.insert(index) => {
                    let known = &mut self.suites[index];
                    known.totals = suite.totals;
                    known.stdout = suite.stdout.or(known.stdout.take());
                    known.stderr = suite.stderr.or(known.stderr.take());
                    index
                }
                _ => {
                    taken.insert(self.suites.len());
                    self.suites.push(suite);
                    self.suites.len() - 1
                }
            };
            positions.push(position);
        }
        positions
    }
}

/// What may differ between a test and the same test in another attempt.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Likeness {
    Exact,
    /// The file of the results: some tools name it by the time.
    OtherResults,
    /// Also the source file, as where it failed.
    OtherPlace,
}

/// The closest one decides.
const LIKENESSES: [Likeness; 3] = [Likeness::Exact, Likeness::OtherResults, Likeness::OtherPlace];

/// What makes two tests of different attempts the same.
#[derive(PartialEq, Eq, Hash)]
struct Key<'a> {
    results: Option<&'a str>,
    suite: &'a str,
    class: Option<&'a str>,
    name: &'a str,
    file: Option<&'a str>,
}

impl<'a> Key<'a> {
    fn new(case: &'a Case, suites: &'a [Suite], likeness: Likeness) -> Self {
        let suite = suites.get(case.suite);
        Key {
            results: suite.and_then(|it| it.file.as_deref()).filter(|_| likeness == Likeness::Exact),
            suite: suite.map_or("", |it| it.name.as_str()),
            class: case.class.as_deref(),
            name: &case.name,
            file: case.file.as_deref().filter(|_| likeness != Likeness::OtherPlace),
        }
    }
}

/// Takes the result of a test that was run again; false where the attempt skipped it and the earlier result stays.
fn again(known: &mut Case, case: Case) -> bool {
    if case.status == Status::Skipped {
        return false;
    }
    let mut attempts = std::mem::take(&mut known.attempts);
    if known.status != Status::Skipped {
        attempts.push(Attempt {
            status: known.status,
            duration: known.duration,
            details: std::mem::take(&mut known.details),
        });
    }
    attempts.extend(case.attempts);
    let failed = attempts.iter().any(|it| it.status.is_failure());
    let same = case.file.is_none() || case.file == known.file;
    let (file, line) = if same { (known.file.take(), case.line.or(known.line)) } else { (case.file, case.line) };
    *known = Case { suite: known.suite, flaky: case.status == Status::Passed && failed, attempts, file, line, ..case };
    true
}
