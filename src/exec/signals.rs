//! Requests to stop that ci-gen itself gets.

use std::io;

/// A request to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signal {
    /// Its number, which is the same on all systems that have it.
    pub number: i32,
    /// Its name: `SIGTERM`.
    pub name: &'static str,
}

impl Signal {
    /// The terminal hung up.
    pub const HANGUP: Signal = Signal { number: 1, name: "SIGHUP" };
    /// Ctrl-C; the first thing that a CI system sends when a run is cancelled.
    pub const INTERRUPT: Signal = Signal { number: 2, name: "SIGINT" };
    /// The request to end.
    pub const TERMINATE: Signal = Signal { number: 15, name: "SIGTERM" };
}

/// The requests to stop from now on; as long as there is one of these, they do not end ci-gen by themselves.
#[derive(Debug)]
pub struct Signals {
    sources: platform::Sources,
}

impl Signals {
    /// Listens from now to the end of the process.
    ///
    /// # Errors
    /// The system refuses, or there is no runtime of tokio.
    pub fn listen() -> io::Result<Signals> {
        Ok(Signals { sources: platform::Sources::new()? })
    }

    /// Waits for the next one. May be given up and called again without losing any.
    pub async fn recv(&mut self) -> Signal {
        self.sources.recv().await
    }

    /// One that has come already.
    pub async fn pending(&mut self) -> Option<Signal> {
        tokio::select! {
            biased;
            signal = self.recv() => Some(signal),
            () = std::future::ready(()) => None,
        }
    }
}

#[cfg(unix)]
mod platform {
    use std::io;

    use tokio::signal::unix::{signal, Signal as Source, SignalKind};

    use super::Signal;

    #[derive(Debug)]
    pub(super) struct Sources {
        hangup: Source,
        interrupt: Source,
        terminate: Source,
    }

    impl Sources {
        pub(super) fn new() -> io::Result<Sources> {
            Ok(Sources {
                hangup: signal(SignalKind::hangup())?,
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
            })
        }

        pub(super) async fn recv(&mut self) -> Signal {
            tokio::select! {
                Some(()) = self.hangup.recv() => Signal::HANGUP,
                Some(()) = self.interrupt.recv() => Signal::INTERRUPT,
                Some(()) = self.terminate.recv() => Signal::TERMINATE,
                else => std::future::pending().await,
            }
        }
    }
}

#[cfg(windows)]
mod platform {
    use std::io;

    use tokio::signal::windows::{ctrl_break, ctrl_c, CtrlBreak, CtrlC};

    use super::Signal;

    #[derive(Debug)]
    pub(super) struct Sources {
        ctrl_c: CtrlC,
        ctrl_break: CtrlBreak,
    }

    impl Sources {
        pub(super) fn new() -> io::Result<Sources> {
            Ok(Sources { ctrl_c: ctrl_c()?, ctrl_break: ctrl_break()? })
        }

        pub(super) async fn recv(&mut self) -> Signal {
            tokio::select! {
                Some(()) = self.ctrl_c.recv() => Signal::INTERRUPT,
                Some(()) = self.ctrl_break.recv() => Signal::TERMINATE,
                else => std::future::pending().await,
            }
        }
    }
}
