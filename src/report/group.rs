//! Failures that look alike, put into groups with ids that are the same in every run.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::{class, frame, mask, Case, Class, Details, Group};

/// Puts every failing test into a group, the largest group first, equal ones in the order of their first test.
///
/// Tests share a group when class and type of the failure, the masked message and the topmost own frame are the same;
/// whether they failed or broke makes no difference.
pub(super) fn of_cases(cases: &mut [Case]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut by_id: HashMap<String, usize> = HashMap::new();
    for (index, case) in cases.iter_mut().enumerate() {
        case.group = None;
        if !case.status.is_failure() {
            continue;
        }
        let group = of_details(&case.details);
        let position = *by_id.entry(group.id.clone()).or_insert(groups.len());
        if position == groups.len() {
            groups.push(group);
        }
        groups[position].cases.push(index);
        case.group = Some(groups[position].id.clone());
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.cases.len()));
    groups
}

fn of_details(details: &Details) -> Group {
    let kind = details.kind.as_deref().map(str::trim).filter(|it| !it.is_empty());
    let said = [&details.message, &details.trace].into_iter().flatten().find(|it| !it.trim().is_empty());
    let said = said.map_or("", String::as_str);
    let (class, evidence) = class::of_test(kind.unwrap_or_default(), said);
    let message = mask::mask(said);
    let frame = details.trace.as_deref().and_then(frame::topmost);
    let id = id(class, &[kind.unwrap_or_default(), &message, frame.as_deref().unwrap_or_default()]);
    Group { id, class, kind: kind.map(str::to_owned), message, frame, cases: Vec::new(), evidence }
}

/// The id of a key: the first twelve hexadecimal digits of its SHA-256.
pub(super) fn id(class: Class, key: &[&str]) -> String {
    let mut hash = Sha256::new();
    hash.update(format!("{class:?}"));
    for part in key {
        hash.update([0]);
        hash.update(part.replace('\0', " "));
    }
    hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}
