//! The commands of `[hooks]`: started in order, in a thread of their own, and never in the way of the run.

use std::{
    sync::{mpsc, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::runtime::Builder;

use crate::{
    exec::feed,
    plan,
    publish::{Event, Observer},
};

/// Runs the commands of events.
pub(super) struct Hooks {
    worker: Mutex<Option<Worker>>,
}

struct Worker {
    sender: mpsc::Sender<(Vec<String>, String)>,
    thread: JoinHandle<Vec<String>>,
}

/// What hooks observe with; what they did is asked of [`Hooks`] itself.
pub(super) struct Listener {
    on: Vec<(&'static str, Vec<String>)>,
    sender: mpsc::Sender<(Vec<String>, String)>,
}

impl Observer for Listener {
    fn event(&self, event: &Event) {
        let commands = self.on.iter().find(|(name, _)| *name == event.name()).map(|(_, commands)| commands.clone());
        let (Some(commands), Ok(json)) = (commands, serde_json::to_string(event)) else { return };
        let _ = self.sender.send((commands, json));
    }
}

impl Hooks {
    /// Starts the thread; `None` where there are no commands.
    pub(super) fn start(hooks: &plan::Hooks) -> Option<(Hooks, Listener)> {
        let on: Vec<_> = hooks.on.iter().map(|(event, commands)| (event.key(), commands.clone())).collect();
        if on.is_empty() {
            return None;
        }
        let limit = Duration::from_secs(hooks.timeout.seconds());
        let (sender, receiver) = mpsc::channel::<(Vec<String>, String)>();
        let work = move || {
            let Ok(runtime) = Builder::new_current_thread().enable_all().build() else { return Vec::new() };
            let mut problems = Vec::new();
            for (commands, json) in receiver {
                for command in commands {
                    problems.extend(runtime.block_on(feed(&command, &json, limit)).err());
                }
            }
            problems
        };
        let thread = thread::spawn(work);
        let worker = Mutex::new(Some(Worker { sender: sender.clone(), thread }));
        Some((Hooks { worker }, Listener { on, sender }))
    }

    /// Waits for what was started, and says what went wrong with it. The listener has to be gone.
    pub(super) fn end(&self) -> Vec<String> {
        let worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Worker { sender, thread }) = worker else { return Vec::new() };
        drop(sender);
        thread.join().unwrap_or_default()
    }
}
