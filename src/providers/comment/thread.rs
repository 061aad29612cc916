//! Writing a comment that several legs share, at vendors that have no way to change a text only if nobody else did.
//!
//! What others wrote is read before each write, also before the same leg tries again, and after it: a leg whose part is not
//! there then begins anew. Whoever wrote between somebody's read and write is noticed by a second look a while later.

use std::{collections::BTreeSet, time::Duration};

use async_trait::async_trait;

use super::{
    super::{Comment, Limit, Posted},
    document::{Document, Markup, Section},
};
use crate::net::{Client, Error, Kind};

/// Rounds of reading, writing and checking.
const ROUNDS: u32 = 16;
/// How long after a write a leg looks again. Another one that had read before that write has written by then.
const SECOND_LOOK: Duration = Duration::from_millis(1500);

/// Who wrote a comment, as the vendor says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author(pub String);

/// A comment that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The vendor's id.
    pub id: String,
    /// Its text.
    pub body: String,
    /// Who wrote it.
    pub author: Option<Author>,
    /// Its page.
    pub url: Option<String>,
}

/// The comments of a change.
#[async_trait]
pub trait Thread: Send + Sync {
    /// All of them, the oldest first, from every page; those that are deleted are not there.
    ///
    /// # Errors
    /// The vendor said no, or nothing.
    async fn list(&self) -> Result<Vec<Found>, Error>;

    /// Adds one, sent once: [`crate::net::Repeat::Never`].
    ///
    /// # Errors
    /// The vendor said no, or nothing.
    async fn create(&self, body: &str) -> Result<Found, Error>;

    /// Changes one, sent once: [`crate::net::Repeat::Never`].
    ///
    /// # Errors
    /// The vendor said no, or nothing.
    async fn update(&self, id: &str, body: &str) -> Result<(), Error>;

    /// Removes one.
    ///
    /// # Errors
    /// The vendor said no, or nothing.
    async fn delete(&self, id: &str) -> Result<(), Error>;

    /// How long one may be.
    fn limit(&self) -> &'static Limit;

    /// What it may be written in.
    fn markup(&self) -> Markup;
}

/// Puts what a leg says into the comment of that key.
///
/// # Errors
/// What the vendor said, when it cannot be done.
pub async fn upsert(thread: &dyn Thread, comment: &Comment<'_>, client: &Client) -> Result<Posted, Error> {
    let markup = thread.markup();
    let budget = thread.limit().most;
    let mut foreign = BTreeSet::new();
    let mut last = None;
    for round in 1..=ROUNDS {
        let (document, found) = read(thread, comment.key, &foreign).await?;
        let mut document = document;
        // What this leg said before leaves its room to what it says now.
        let mut others = document.clone();
        if !others.put(Section { text: String::new(), ..Section::of(comment, markup, 0) }) {
            return Ok(Posted::Outdated);
        }
        let mine = Section::of(comment, markup, room(&others, markup, budget));
        document.put(mine.clone());
        let body = document.text(markup, budget);
        let written = match found.first() {
            Some(kept) if kept.body.trim() == body.trim() => Ok(kept.clone()),
            Some(kept) => thread.update(&kept.id, &body).await.map(|()| kept.clone()),
            None => thread.create(&body).await,
        };
        match written {
            Ok(kept) if client.is_dry() => return Ok(Posted::There { id: kept.id, url: kept.url }),
            Ok(_) => {
                if let Some(posted) = check(thread, comment, &mine, &foreign, client).await? {
                    return Ok(posted);
                }
                client.clock().sleep(client.backoff(round + 1)).await;
            }
            Err(error) => {
                let kept = found.first();
                match (error.kind, kept) {
                    // It was removed in between, or somebody else's account wrote it: ours is another one then.
                    (Kind::NotFound, Some(_)) => {}
                    (Kind::Permission, Some(kept)) => {
                        foreign.insert(kept.id.clone());
                    }
                    _ if error.kind.is_transient() => {
                        let wait = error.wait.unwrap_or_else(|| client.backoff(round + 1));
                        if wait >= client.left() {
                            return Err(error);
                        }
                        client.clock().sleep(wait).await;
                    }
                    _ => return Err(error),
                }
                last = Some(error);
            }
        }
    }
    Err(last.unwrap_or_else(|| {
        Error::new(Kind::Connection, "write the comment", "the code host")
            .words(format!("others changed it each of {ROUNDS} times"))
    }))
}

/// What is there under the key, all comments together, and the comments themselves.
async fn read(thread: &dyn Thread, key: &str, foreign: &BTreeSet<String>) -> Result<(Document, Vec<Found>), Error> {
    let mut document = Document::new(key);
    let mut found = Vec::new();
    for comment in thread.list().await?.into_iter().filter(|it| !foreign.contains(&it.id)) {
        if let Some(parsed) = Document::parse(key, &comment.body, thread.markup()) {
            document.absorb(parsed);
            found.push(comment);
        }
    }
    Ok((document, found))
}

/// Looks whether what was written is there, once at once and, where other legs may be at it, once more a while later.
/// Removes doubles on the way. `None` if it is not there, or not in the one place.
async fn check(
    thread: &dyn Thread,
    comment: &Comment<'_>,
    mine: &Section,
    foreign: &BTreeSet<String>,
    client: &Client,
) -> Result<Option<Posted>, Error> {
    let shared = !mine.leg.is_empty();
    let mut posted = None;
    for look in 0..=u32::from(shared) {
        if look > 0 {
            let wait = SECOND_LOOK.mul_f64(1.0 + client.clock().chance() / 2.0);
            if wait >= client.left() {
                break;
            }
            client.clock().sleep(wait).await;
        }
        let (_, found) = read(thread, comment.key, foreign).await?;
        let Some((kept, doubles)) = found.split_first() else { return Ok(None) };
        let Some(document) = Document::parse(comment.key, &kept.body, thread.markup()) else { return Ok(None) };
        if !document.holds(mine) {
            return Ok(None);
        }
        for double in doubles {
            // What it says has to be in the one that stays; whoever wrote it puts it there, or this leg in its next round.
            let said = Document::parse(comment.key, &double.body, thread.markup()).unwrap_or_default();
            if !said.within(&document) {
                return Ok(None);
            }
            if double.author == kept.author {
                match thread.delete(&double.id).await {
                    Ok(()) => {}
                    Err(error) if matches!(error.kind, Kind::NotFound | Kind::Permission) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        posted = Some(Posted::There { id: kept.id.clone(), url: kept.url.clone() });
    }
    Ok(posted)
}

/// The bytes that a leg may use: what the others leave, but never less than its share. It is among them without its text.
fn room(others: &Document, markup: Markup, budget: usize) -> usize {
    let share = budget / others.legs().count().max(1);
    let others = others.text(markup, budget).len();
    // Its own data stands beside its text.
    budget.saturating_sub(others).max(share).saturating_sub(2500)
}
