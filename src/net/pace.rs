//! When the next request may be made to each server: vendors ask for gaps between writes, and for pauses.

use std::{
    collections::HashMap,
    time::{Duration, SystemTime},
};

use tokio::sync::Mutex;

use super::Clock;

/// The next moments by origin.
#[derive(Debug, Default)]
pub(super) struct Pace {
    next: Mutex<HashMap<String, Next>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Next {
    write: Option<SystemTime>,
    any: Option<SystemTime>,
}

impl Pace {
    /// Waits until a request may be made there, and reserves the gap behind a write.
    pub(super) async fn wait(&self, origin: &str, gap: Option<Duration>, clock: &dyn Clock) {
        let wait = {
            let mut next = self.next.lock().await;
            let entry = next.entry(origin.to_owned()).or_default();
            let now = clock.now();
            let write = entry.write.filter(|_| gap.is_some());
            let start = [entry.any, write].into_iter().flatten().max().filter(|it| *it > now).unwrap_or(now);
            if let Some(gap) = gap {
                entry.write = Some(start + gap);
            }
            start.duration_since(now).unwrap_or_default()
        };
        if !wait.is_zero() {
            clock.sleep(wait).await;
        }
    }

    /// Nothing is to be sent there for a while.
    pub(super) async fn pause(&self, origin: &str, wait: Duration, clock: &dyn Clock) {
        let until = clock.now() + wait;
        let mut next = self.next.lock().await;
        let entry = next.entry(origin.to_owned()).or_default();
        entry.any = entry.any.max(Some(until));
    }
}
