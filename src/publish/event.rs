//! Events of a run for whoever watches it: plugins in Rust, and commands of `[hooks]`.

use serde::Serialize;

use super::Thing;
use crate::report::{Note, Run, TestRunResult, Totals};

/// Something that happened in a run. As JSON it has its name in `event`.
///
/// ```
/// use ci_gen::{publish::Event, report::Totals};
///
/// let event = Event::AttemptFinished { number: 1, of: 3, passed: false, totals: Totals::default() };
/// let json = serde_json::to_value(&event)?;
/// assert_eq!((json["event"].as_str(), json["number"].as_u64()), (Some("attempt-finished"), Some(1)));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// It is about to begin.
    RunStarted {
        /// Where.
        run: Run,
    },
    /// An attempt ended.
    AttemptFinished {
        /// Which one, from 1.
        number: u32,
        /// Of at most how many.
        of: u32,
        /// Whether it is good.
        passed: bool,
        /// Its tests by outcome.
        totals: Totals,
    },
    /// It ended, and the reports are written.
    RunFinished {
        /// How.
        result: TestRunResult,
        /// Where.
        run: Run,
        /// Every reason why it is not good.
        reasons: Vec<Note>,
        /// The reports.
        reports: Vec<String>,
    },
    /// Everything was published that could be.
    Published {
        /// What is there.
        things: Vec<Thing>,
        /// What could not be published, and why.
        notes: Vec<Note>,
    },
}

impl Event {
    /// The name, as `[hooks]` has it.
    pub fn name(&self) -> &'static str {
        match self {
            Event::RunStarted { .. } => "run-started",
            Event::AttemptFinished { .. } => "attempt-finished",
            Event::RunFinished { .. } => "run-finished",
            Event::Published { .. } => "published",
        }
    }
}

/// Watches a run. It is called between two steps of the run, and the run goes on whatever it does: whoever has much to do
/// does it elsewhere.
pub trait Observer: Send + Sync {
    /// Something happened.
    fn event(&self, event: &Event);
}

/// Everybody who watches.
#[derive(Default)]
pub struct Observers(Vec<Box<dyn Observer>>);

impl Observers {
    /// One more.
    pub fn add(&mut self, observer: impl Observer + 'static) {
        self.0.push(Box::new(observer));
    }

    /// Tells all of them.
    pub fn tell(&self, event: &Event) {
        self.0.iter().for_each(|it| it.event(event));
    }
}
