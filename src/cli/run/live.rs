//! How far the tests are while they run: counted from the result files that are there so far.

use std::{
    collections::HashMap,
    fs::File,
    io::BufReader,
    path::PathBuf,
    sync::{mpsc, Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant, SystemTime},
};

use super::{
    output::Output,
    publish::Publishing,
    results::{Patterns, Snapshot},
};
use crate::report::{read::read, Report, Run, Totals};

/// How often files are looked at, and how often people are told at most.
pub(super) const TICK: Duration = Duration::from_secs(10);

/// What is known while the tests run, and where it is said.
pub(super) struct Live {
    sender: mpsc::Sender<Message>,
    seen: Arc<Mutex<Option<Totals>>>,
    said: Mutex<Option<Totals>>,
    start: Instant,
}

enum Message {
    /// An attempt begins: what was there before does not count.
    Attempt(Arc<Snapshot>),
    /// Time has passed.
    Tick,
}

/// Runs `body` with somebody beside it who looks at result files when told to, and says what they say where it is
/// published. What is under way when the body ends is waited for, which is bounded.
pub(super) fn beside<T>(
    publishing: Option<&mut Publishing>,
    patterns: &Patterns,
    output: &Output,
    run: &Run,
    body: impl FnOnce(&Live) -> T,
) -> (T, Vec<String>) {
    let (sender, receiver) = mpsc::channel();
    let seen = Arc::new(Mutex::new(None));
    let live = Live { sender, seen: seen.clone(), said: Mutex::default(), start: Instant::now() };
    thread::scope(|scope| {
        let watcher = Watcher { publishing, patterns, output, seen, files: HashMap::new(), since: None };
        let thread = scope.spawn(move || watcher.watch(receiver, run));
        let result = body(&live);
        drop(live);
        (result, thread.join().unwrap_or_default())
    })
}

impl Live {
    /// An attempt begins.
    pub(super) fn attempt(&self, before: Arc<Snapshot>) {
        let _ = self.sender.send(Message::Attempt(before));
    }

    /// Time has passed: files are looked at soon. Gives what is new since it was last told.
    pub(super) fn tick(&self) -> Option<(Totals, Duration)> {
        let _ = self.sender.send(Message::Tick);
        let seen = *self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let news = seen.filter(|it| Some(*it) != *said && it.tests > 0)?;
        *said = Some(news);
        Some((news, self.start.elapsed()))
    }
}

struct Watcher<'a> {
    publishing: Option<&'a mut Publishing>,
    patterns: &'a Patterns,
    output: &'a Output,
    seen: Arc<Mutex<Option<Totals>>>,
    /// What a file said when it was last read.
    files: HashMap<PathBuf, (SystemTime, u64, Totals)>,
    since: Option<Arc<Snapshot>>,
}

impl Watcher<'_> {
    /// Does as it is told until nobody is left to tell; gives what could not be said.
    fn watch(mut self, receiver: mpsc::Receiver<Message>, run: &Run) -> Vec<String> {
        let mut problems = self.say(run, Totals::default());
        let interval = self.publishing.as_ref().and_then(|it| it.interval);
        let mut last = (Instant::now(), Totals::default());
        while let Ok(message) = receiver.recv() {
            // Of several ticks that waited, one is enough.
            let mut messages: Vec<Message> = [message].into_iter().chain(receiver.try_iter()).collect();
            let tick = messages.iter().any(|it| matches!(it, Message::Tick));
            messages.retain(|it| matches!(it, Message::Attempt(_)));
            if let Some(Message::Attempt(snapshot)) = messages.pop() {
                self.files.clear();
                self.since = Some(snapshot);
            }
            if !tick {
                continue;
            }
            let totals = self.count();
            *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(totals);
            if interval.is_some_and(|it| last.0.elapsed() >= it) && totals != last.1 {
                last = (Instant::now(), totals);
                problems.extend(self.say(run, totals));
            }
        }
        problems.dedup();
        problems
    }

    fn say(&mut self, run: &Run, totals: Totals) -> Vec<String> {
        let Some(publishing) = self.publishing.as_mut().filter(|it| !it.at_end) else { return Vec::new() };
        let report = Report { run: run.clone(), totals, ..Report::default() };
        publishing.progress(&report).err().unwrap_or_default()
    }

    /// The tests in the files that this attempt has written so far. A file that is being written counts as far as it goes.
    fn count(&mut self) -> Totals {
        let mut totals = Totals::default();
        for file in self.patterns.find().files {
            let stale = self.since.as_ref().is_some_and(|it| !it.is_fresh(&file));
            if stale || self.output.is_own(&file) {
                continue;
            }
            let Ok(metadata) = std::fs::metadata(&file.path) else { continue };
            let stamp = (metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH), metadata.len());
            let known = self.files.get(&file.path).filter(|it| (it.0, it.1) == stamp).map(|it| it.2);
            let counted = known.unwrap_or_else(|| {
                let mut counted = Totals::default();
                if let Ok(source) = File::open(&file.path) {
                    read(&file.name, BufReader::new(source)).cases.iter().for_each(|case| counted.count(case));
                }
                counted
            });
            self.files.insert(file.path, (stamp.0, stamp.1, counted));
            totals.add(&counted);
        }
        totals
    }
}
