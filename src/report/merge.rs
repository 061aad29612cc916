//! Reports of the legs, shards and attempts of one run put together to one report.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    group, totals,
    verdict::{self, bounded, verdict, Reason},
    Case, Merged, Note, Report, Run, Shard, Suite, Verdict,
};

/// The legs that a run should have; empty where only the reports tell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expected {
    /// Each leg that a report is expected from.
    pub legs: Vec<ExpectedLeg>,
}

/// A leg that a report is expected from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExpectedLeg {
    /// Its job.
    pub job: String,
    /// Its id in the plan.
    pub leg: String,
    /// Which machine of how many, where it is one of several that share the tests.
    pub shard: Option<Shard>,
    /// Whether the run may pass without it.
    pub allow_failure: bool,
}

/// Puts reports together, each with the path that messages name it by. The order does not matter, and a merged report
/// may be merged again.
///
/// - A leg is known by its id, and by its shard where the id does not tell. Of several attempts of a leg the latest
///   counts; the same attempt twice counts once, the failing one if they differ. Reports that do not say which leg they
///   are of are all kept, unless they are the same to the last byte.
/// - Legs that failed fail the whole with their reasons, the leg in front, unless they are allowed to fail.
/// - Expected legs that have no report fail it, also shards that the reports themselves tell of.
/// - Reports of different runs, commits or plans are kept, and fail it: one of them is a leftover.
///
/// ```
/// use ci_gen::report::{merge, Expected, ExpectedLeg};
///
/// let expected = Expected { legs: vec![ExpectedLeg { leg: "unit-linux".to_owned(), ..ExpectedLeg::default() }] };
/// let report = merge(Vec::new(), &expected);
/// assert!(report.verdict.reasons.iter().any(|it| it.code == "missing-leg"));
/// ```
pub fn merge(reports: Vec<(String, Report)>, expected: &Expected) -> Report {
    let mut reasons = Vec::new();
    let mut notes = Vec::new();
    let mut legs = Vec::new();
    for (path, report) in reports {
        if report.merged.is_empty() {
            legs.push(Leg::new(path, report));
        } else {
            split(report, &path, &mut legs, &mut reasons, &mut notes);
        }
    }
    let (legs, mut dropped) = latest(legs);
    notes.append(&mut dropped);
    if legs.is_empty() {
        reasons.push(verdict::NO_REPORTS.note("there is no report to merge"));
    }
    differences(&legs, &mut reasons, &mut notes);
    // Whatever an earlier merge missed and this one has is no longer missing.
    let present: BTreeSet<String> =
        legs.iter().flat_map(|leg| [missing_leg(&leg.label), missing_shard(&leg.label)]).collect();
    reasons.retain(|it| !present.contains(&it.message));
    missing(&legs, expected, &mut reasons, &mut notes);
    put_together(legs, expected, reasons, notes)
}

/// One report with its name.
struct Leg {
    label: String,
    path: String,
    report: Report,
}

impl Leg {
    fn new(path: String, report: Report) -> Self {
        Leg { label: label(&report.run).unwrap_or_else(|| path.clone()), path, report }
    }
}

/// The name of a leg: its id and shard, and behind its job where it is not one of a plan: another job may call its legs the
/// same. `None` where the report does not say.
fn label(run: &Run) -> Option<String> {
    let leg = with_shard(run.leg.as_deref().filter(|it| !it.is_empty())?, run.shard);
    let job = run.job.as_deref().filter(|_| run.plan_id.is_none());
    Some(job.map_or_else(|| leg.clone(), |job| format!("{job}, {leg}")))
}

/// A leg's id, with the shard where the id does not end in it.
fn with_shard(leg: &str, shard: Option<Shard>) -> String {
    match shard {
        Some(Shard { index, .. }) if leg.ends_with(&format!("-{index}")) => leg.to_owned(),
        Some(Shard { index, total }) if !leg.ends_with(&format!(" {index}/{total}")) => {
            format!("{leg} {index}/{total}")
        }
        _ => leg.to_owned(),
    }
}

/// Takes a merged report apart into its legs, and what it says beyond them.
fn split(report: Report, path: &str, legs: &mut Vec<Leg>, reasons: &mut Vec<Note>, notes: &mut Vec<Note>) {
    let Report { verdict, suites, cases, notes: said, merged, .. } = report;
    let mut own: BTreeSet<String> = BTreeSet::new();
    let mut parts: BTreeMap<String, Report> = BTreeMap::new();
    for Merged { run, verdict, totals } in merged {
        let label = label(&run).unwrap_or_else(|| path.to_owned());
        own.extend(of_leg(&label, &verdict).into_iter().map(|it| it.message));
        parts.insert(label, Report { run, verdict, totals, ..Report::default() });
    }
    let mut places = Vec::new();
    for suite in suites {
        let label = suite.leg.clone().filter(|it| parts.contains_key(it)).unwrap_or_else(|| path.to_owned());
        let part = parts.entry(label.clone()).or_default();
        part.suites.push(suite);
        places.push((label, part.suites.len() - 1));
    }
    for case in cases {
        let Some((label, suite)) = places.get(case.suite) else { continue };
        if let Some(part) = parts.get_mut(label) {
            part.cases.push(Case { suite: *suite, ..case });
        }
    }
    reasons.extend(verdict.reasons.into_iter().filter(|it| !own.contains(&it.message)));
    notes.extend(said.into_iter().filter(|it| !own.contains(&it.message)));
    legs.extend(parts.into_iter().map(|(label, report)| Leg { label, path: path.to_owned(), report }));
}

/// One report per leg, in the order of their names, and what was left out.
fn latest(legs: Vec<Leg>) -> (Vec<Leg>, Vec<Note>) {
    let mut notes = Vec::new();
    let mut by_label: BTreeMap<String, Vec<Leg>> = BTreeMap::new();
    for leg in legs {
        by_label.entry(leg.label.clone()).or_default().push(leg);
    }
    let mut kept: Vec<Leg> = Vec::new();
    for (label, mut same) in by_label {
        same.sort_by_cached_key(order);
        let Some(best) = same.pop() else { continue };
        for other in same {
            let (code, message) = if other.report == best.report {
                ("duplicate-report", format!("the report of `{label}` is there twice and counts once"))
            } else if other.report.run.attempt != best.report.run.attempt {
                let attempts = (other.report.run.attempt, best.report.run.attempt);
                ("superseded", format!("`{label}`: attempt {} was replaced by attempt {}", attempts.0, attempts.1))
            } else {
                let word = if best.report.verdict.passed { "latest" } else { "failing" };
                ("duplicate-leg", format!("`{label}` has several reports of one attempt; the {word} one counts"))
            };
            notes.push(Note { code: code.to_owned(), message, file: Some(other.path), line: None });
        }
        kept.push(best);
    }
    // Without a leg's id a report is known by its path alone: the same one at two paths still counts once.
    let mut distinct: Vec<Leg> = Vec::new();
    for leg in kept {
        let anonymous = |it: &Leg| it.report.run.leg.is_none();
        match distinct.iter().find(|it| anonymous(it) && anonymous(&leg) && it.report == leg.report) {
            Some(first) => {
                let message = format!("the report is the same as `{}` and counts once", first.path);
                notes.push(Note { code: "duplicate-report".to_owned(), message, file: Some(leg.path), line: None });
            }
            None => distinct.push(leg),
        }
    }
    (distinct, notes)
}

/// What decides between reports of one leg, the best one last: the latest start of another run or the latest attempt,
/// then the failing one, then something that does not depend on the order of the reports.
fn order(leg: &Leg) -> (u32, bool, Option<String>, String, String) {
    let Report { run, verdict, .. } = &leg.report;
    let text = serde_json::to_string(&leg.report).unwrap_or_default();
    (run.attempt, !verdict.passed, run.start.clone(), text, leg.path.clone())
}

/// Reports that cannot be of one run.
fn differences(legs: &[Leg], reasons: &mut Vec<Note>, notes: &mut Vec<Note>) {
    let mut differ = |what: &str, reason: Result<Reason, &str>, fact: fn(&Run) -> Option<&str>| {
        let mut values: BTreeMap<&str, &str> = BTreeMap::new();
        for leg in legs {
            if let Some(value) = fact(&leg.report.run).filter(|it| !it.is_empty()) {
                values.entry(value).or_insert(&leg.label);
            }
        }
        if values.len() > 1 {
            let list: Vec<String> =
                values.iter().take(3).map(|(value, label)| format!("`{value}` (`{label}`)")).collect();
            let more = if values.len() > 3 { " and more" } else { "" };
            let message = format!("the reports are of different {what}: {}{more}", list.join(", "));
            match reason {
                Ok(reason) => reasons.push(reason.note(message)),
                Err(code) => notes.push(Note { code: code.to_owned(), message, file: None, line: None }),
            }
        }
    };
    differ("repositories", Ok(verdict::DIFFERENT_RUNS), |run| run.repository.as_deref());
    differ("runs", Ok(verdict::DIFFERENT_RUNS), |run| Some(&run.id));
    differ("commits", Ok(verdict::DIFFERENT_COMMITS), |run| run.head_sha.as_deref());
    differ("plans", Ok(verdict::DIFFERENT_PLANS), |run| run.plan_id.as_deref());
    // A system merges a change anew for each leg, and the branch that it goes to may have moved on meanwhile.
    differ("file trees", Err("different-trees"), |run| run.tree_sha.as_deref());
}

fn missing_leg(label: &str) -> String {
    format!("there is no report of the leg `{label}`")
}

fn missing_shard(label: &str) -> String {
    format!("there is no report of the shard `{label}`")
}

/// Legs and shards that should be there and are not.
fn missing(legs: &[Leg], expected: &Expected, reasons: &mut Vec<Note>, notes: &mut Vec<Note>) {
    let named = |it: &Leg| it.report.run.leg.as_deref().map(|leg| with_shard(leg, it.report.run.shard));
    let present: BTreeSet<String> = legs.iter().flat_map(|it| [Some(it.label.clone()), named(it)]).flatten().collect();
    let mut wanted: BTreeMap<String, bool> = BTreeMap::new();
    for leg in &expected.legs {
        let label = with_shard(&leg.leg, leg.shard);
        // A report that does not tell its shard is still one of that leg.
        let found = present.contains(&label) || present.contains(&leg.leg);
        if !found {
            let (reason, message) = match leg.shard {
                Some(_) => (verdict::MISSING_SHARD, missing_shard(&label)),
                None => (verdict::MISSING_LEG, missing_leg(&label)),
            };
            let target = if leg.allow_failure { &mut *notes } else { &mut *reasons };
            target.push(reason.note(message));
        }
        wanted.insert(label, found);
        wanted.entry(leg.leg.clone()).or_insert(found);
    }
    if !expected.legs.is_empty() {
        // What could not be read at all has its own reason.
        let legs = legs.iter().filter(|it| it.report.run != Run::default());
        let known = |it: &Leg| wanted.contains_key(&it.label) || named(it).is_some_and(|it| wanted.contains_key(&it));
        for leg in legs.filter(|it| !known(it)) {
            let message = format!("`{}` is no leg of the plan; it counts all the same", leg.label);
            notes.push(Note { code: "unexpected-leg".to_owned(), message, file: Some(leg.path.clone()), line: None });
        }
    }
    // Shards of one family: the same job and leg but for the number of the machine.
    let mut families: BTreeMap<(Option<&str>, &str, u32), BTreeSet<u32>> = BTreeMap::new();
    for Run { job, leg, shard, .. } in legs.iter().map(|it| &it.report.run) {
        let Some(shard) = shard else { continue };
        let leg = leg.as_deref().unwrap_or_default();
        let family = leg.strip_suffix(&format!("-{}", shard.index)).unwrap_or(leg);
        families.entry((job.as_deref(), family, shard.total)).or_default().insert(shard.index);
    }
    for ((job, family, total), found) in families {
        let absent: Vec<u32> = (1..=total).filter(|it| !found.contains(it)).take(20).collect();
        let numbered = legs.iter().any(|it| it.label.strip_prefix(family).is_some_and(|it| it.starts_with('-')));
        for index in absent {
            let label = match (family.is_empty(), numbered) {
                (true, _) => format!("{} {index}/{total}", job.unwrap_or("shard")),
                (false, true) => format!("{family}-{index}"),
                (false, false) => format!("{family} {index}/{total}"),
            };
            if !wanted.contains_key(&label) {
                reasons.push(verdict::MISSING_SHARD.note(missing_shard(&label)));
            }
        }
    }
}

/// The reasons of a leg, with its name in front.
fn of_leg(label: &str, verdict: &Verdict) -> Vec<Note> {
    if verdict.passed && verdict.reasons.is_empty() {
        return Vec::new();
    }
    let unsaid = [verdict::LEG_FAILED.note("it failed, and its report does not say why")];
    let reasons = if verdict.reasons.is_empty() { &unsaid[..] } else { &verdict.reasons };
    // A leg that is known by its file alone is named by the reason's place already.
    let placed = |it: &Note| it.file.as_deref() == Some(label);
    let message = |it: &Note| if placed(it) { it.message.clone() } else { format!("{label}: {}", it.message) };
    reasons.iter().map(|it| Note { message: message(it), ..it.clone() }).collect()
}

fn put_together(legs: Vec<Leg>, expected: &Expected, mut reasons: Vec<Note>, mut notes: Vec<Note>) -> Report {
    let allowed: BTreeSet<&str> =
        expected.legs.iter().filter(|it| it.allow_failure).map(|it| it.leg.as_str()).collect();
    let mut report = Report { run: common(&legs), ..Report::default() };
    let mut failed = Vec::new();
    for Leg { label, path, report: part } in legs {
        let Report { run, verdict, totals: said, suites, cases, groups, notes: leg_notes, .. } = part;
        let may_fail = allowed.contains(label.as_str()) || run.leg.as_deref().is_some_and(|it| allowed.contains(it));
        let target = if may_fail { &mut notes } else { &mut failed };
        target.extend(of_leg(&label, &verdict));
        notes.extend(leg_notes.into_iter().map(|it| Note { message: format!("{label}: {}", it.message), ..it }));
        let offset = report.suites.len();
        let mut suites: Vec<Suite> = suites.into_iter().map(|it| Suite { leg: Some(label.clone()), ..it }).collect();
        let totals = totals::recount(&mut suites, &cases);
        if totals.tests < said.tests {
            let message = format!("{label}: the report says {} tests and holds {}", said.tests, totals.tests);
            failed.push(Note { file: Some(path), ..verdict::FEWER_TESTS.note(message) });
        }
        // A report whose tests do not name a suite is damaged; the tests still count.
        let orphans = cases.iter().any(|it| it.suite >= suites.len());
        if orphans {
            suites.push(Suite { name: label.clone(), leg: Some(label.clone()), ..Suite::default() });
        }
        let last = suites.len().saturating_sub(1);
        report.suites.extend(suites);
        report.cases.extend(cases.into_iter().map(|it| Case { suite: offset + it.suite.min(last), ..it }));
        report.groups.extend(groups.into_iter().filter(|it| it.cases.is_empty()));
        let run = Run { leg: run.leg.or_else(|| Some(label.clone())), ..run };
        report.merged.push(Merged { run, verdict, totals });
    }
    let single = std::mem::take(&mut report.groups);
    report.groups = group::of_cases(&mut report.cases);
    for group in single {
        if !report.groups.iter().any(|it| it.id == group.id) {
            report.groups.push(group);
        }
    }
    report.totals = totals::recount(&mut report.suites, &report.cases);
    reasons.extend(failed);
    reasons.sort_by_key(|it| (it.file.clone(), it.line, it.message.clone()));
    reasons.sort_by_key(rank);
    notes.sort_by_key(|it| (it.code.clone(), it.message.clone(), it.file.clone(), it.line));
    report.verdict = verdict(reasons);
    report.notes = bounded(notes);
    report
}

/// Where the reason stands among all: those of the whole first.
fn rank(reason: &Note) -> usize {
    let rank = verdict::REASONS.iter().position(|it| it.code == reason.code).unwrap_or(0);
    verdict::REASONS.len() - rank
}

/// What all legs say of the run alike; from the first start to the last end.
fn common(legs: &[Leg]) -> Run {
    let runs: Vec<&Run> = legs.iter().map(|it| &it.report.run).collect();
    fn same<T: PartialEq + Clone>(runs: &[&Run], fact: impl Fn(&Run) -> Option<T>) -> Option<T> {
        let mut values = runs.iter().filter_map(|run| fact(run));
        let first = values.next()?;
        values.all(|it| it == first).then_some(first)
    }
    let text = |it: &String| Some(it.clone()).filter(|it| !it.is_empty());
    Run {
        id: same(&runs, |it| text(&it.id)).unwrap_or_default(),
        attempt: runs.iter().map(|it| it.attempt).max().unwrap_or(1),
        system: same(&runs, |it| text(&it.system)).unwrap_or_default(),
        repository: same(&runs, |it| it.repository.clone()),
        head_sha: same(&runs, |it| it.head_sha.clone()),
        tree_sha: same(&runs, |it| it.tree_sha.clone()),
        branch: same(&runs, |it| it.branch.clone()),
        base: same(&runs, |it| it.base.clone()),
        change_number: same(&runs, |it| it.change_number),
        job: None,
        leg: None,
        shard: None,
        plan_id: same(&runs, |it| it.plan_id.clone()),
        start: runs.iter().filter_map(|it| it.start.clone()).min(),
        wall: wall(&runs),
        url: same(&runs, |it| it.url.clone()),
        exit_code: None,
        signal: None,
    }
}

/// Seconds from the first start to the last end; without starts those of the longest leg.
fn wall(runs: &[&Run]) -> f64 {
    let longest = runs.iter().map(|it| it.wall).fold(0.0, f64::max);
    let spans: Option<Vec<(f64, f64)>> = runs
        .iter()
        .map(|run| {
            let start: jiff::Timestamp = run.start.as_ref()?.parse().ok()?;
            let start = start.as_millisecond() as f64 / 1000.0;
            Some((start, start + run.wall))
        })
        .collect();
    let Some(spans) = spans.filter(|it| !it.is_empty()) else { return longest };
    let first = spans.iter().map(|it| it.0).fold(f64::INFINITY, f64::min);
    let last = spans.iter().map(|it| it.1).fold(f64::NEG_INFINITY, f64::max);
    (last - first).max(longest)
}
