//! What went wrong, as annotations of a report: those that are missing are added, those that no longer hold are taken away.
//!
//! An annotation is told by what it says, so one that is there need not be sent again, and a list after a lost answer shows
//! what of it arrived.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use serde_json::Value;

use super::{super::RunId, said::hash};
use crate::{
    net::{Client, Error},
    report::{
        write::issues::{flaky_issues, issues, Issue},
        Report,
    },
};

/// Times that what is missing is looked for and sent.
const ROUNDS: u32 = 5;

/// The annotations of one report at a server.
#[async_trait]
pub(super) trait Shelf: Send + Sync {
    /// The names of those that are there, one as often as it is.
    async fn list(&self) -> Result<Vec<String>, Error>;

    /// Adds some; each request is sent again only if the server surely did not take it up.
    async fn add(&self, annotations: &[&Value]) -> Result<(), Error>;

    /// Takes all of these names away.
    async fn remove(&self, names: &[String]) -> Result<(), Error>;

    /// Takes all of them away.
    async fn clear(&self) -> Result<(), Error>;

    /// With more that no longer hold, all are taken away at once.
    fn most_removed(&self) -> usize;
}

/// Annotations by name, each with its place in the order.
pub(super) type Wanted = BTreeMap<String, (usize, Value)>;

/// Whether a finding is of a test that failed, or of one that is flaky.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    Failed,
    Flaky,
}

/// The annotations of a run, at most `most`: what `write` makes of each, with its name in the field `name`.
pub(super) fn wanted(
    id: &RunId,
    report: &Report,
    most: usize,
    name: &str,
    write: impl Fn(&Issue, Weight) -> Value,
) -> Wanted {
    let failed = issues(report, most);
    let flaky = flaky_issues(report, most - failed.len());
    let failed = failed.iter().map(|it| (it, Weight::Failed));
    let all = failed.chain(flaky.iter().map(|it| (it, Weight::Flaky)));
    let mut wanted = BTreeMap::new();
    for (index, (issue, weight)) in all.enumerate() {
        let mut annotation = write(issue, weight);
        let text = annotation.to_string();
        // Tests of the same name may fail in the same words.
        let mut names = (0..).map(|double: u32| format!("{}-{}", id.0, hash(&[&text, &double.to_string()], 16)));
        let free = names.find(|it| !wanted.contains_key(it)).unwrap_or_default();
        annotation[name] = free.as_str().into();
        wanted.insert(free, (index, annotation));
    }
    wanted
}

/// Makes the annotations of the report those that are wanted.
pub(super) async fn sync(shelf: &dyn Shelf, wanted: &Wanted, client: &Client) -> Result<(), Error> {
    let mut round = 1;
    loop {
        let mut there = BTreeSet::new();
        let mut stale = BTreeSet::new();
        for name in shelf.list().await? {
            // Not every server tells doubles apart; those go together and one of them comes back.
            let double = !there.insert(name.clone());
            if double || !wanted.contains_key(&name) {
                stale.insert(name);
            }
        }
        let stale: Vec<String> = stale.into_iter().collect();
        match stale.len() {
            0 => {}
            some if some > shelf.most_removed() => {
                shelf.clear().await?;
                there.clear();
            }
            _ => {
                shelf.remove(&stale).await?;
                there.retain(|it| !stale.contains(it));
            }
        }
        let mut missing: Vec<&(usize, Value)> =
            wanted.iter().filter(|(name, _)| !there.contains(*name)).map(|(_, it)| it).collect();
        missing.sort_by_key(|(index, _)| *index);
        let missing: Vec<&Value> = missing.into_iter().map(|(_, annotation)| annotation).collect();
        match shelf.add(&missing).await {
            Ok(()) => return Ok(()),
            Err(error) => {
                let wait = error.wait.unwrap_or_else(|| client.backoff(round + 1));
                if !error.unsure || round >= ROUNDS || wait >= client.left() {
                    return Err(error);
                }
                client.clock().sleep(wait).await;
                round += 1;
            }
        }
    }
}
