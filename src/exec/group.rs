//! A command together with everything it starts: a process group, or a job object of Windows.

pub(super) use platform::{signal_of, Group};

/// What is in a group after its first process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(dead_code, reason = "each system knows some of them")]
pub(super) enum Rest {
    /// No process; its number may be somebody else's by now.
    Nothing,
    /// Some process.
    Alive,
    /// Nobody can tell without waiting for its end; it can be killed all the same.
    Unknown,
}

#[cfg(unix)]
mod platform {
    use std::{io, os::unix::process::ExitStatusExt, process::ExitStatus};

    use rustix::process::{kill_process_group, test_kill_process_group, Pid, Signal as Number};
    use tokio::process::{Child, ChildStderr, ChildStdout, Command};

    use super::Rest;
    use crate::exec::Signal;

    /// A process group and its first process.
    pub(crate) struct Group {
        leader: Child,
        id: Option<Pid>,
    }

    /// The signal that ended a process.
    pub(crate) fn signal_of(status: ExitStatus) -> Option<i32> {
        status.signal()
    }

    impl Group {
        /// Starts the command as the first process of a new group.
        pub(crate) fn spawn(mut command: Command) -> io::Result<Group> {
            let leader = command.process_group(0).spawn()?;
            let id = leader.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
            Ok(Group { leader, id })
        }

        pub(crate) fn stdout(&mut self) -> Option<ChildStdout> {
            self.leader.stdout.take()
        }

        pub(crate) fn stderr(&mut self) -> Option<ChildStderr> {
            self.leader.stderr.take()
        }

        /// Waits for the first process alone. May be called again after it was given up.
        pub(crate) async fn wait(&mut self) -> io::Result<ExitStatus> {
            self.leader.wait().await
        }

        /// Whether there is any process in the group.
        pub(crate) fn rest(&self) -> Rest {
            match self.id.is_some_and(|id| test_kill_process_group(id).is_ok()) {
                true => Rest::Alive,
                false => Rest::Nothing,
            }
        }

        /// Hands a signal to all of them. Those that are gone need none.
        pub(crate) fn ask(&self, signal: Signal) {
            if let (Some(id), Some(number)) = (self.id, Number::from_named_raw(signal.number)) {
                let _ = kill_process_group(id, number);
            }
        }

        /// Ends all of them at once.
        pub(crate) fn kill(&self) {
            if let Some(id) = self.id {
                let _ = kill_process_group(id, Number::KILL);
            }
        }
    }
}

#[cfg(windows)]
mod platform {
    use std::{
        io,
        process::ExitStatus,
        sync::{Mutex, PoisonError},
    };

    use process_wrap::tokio::{ChildWrapper, CommandWrap, JobObject, KillOnDrop};
    use tokio::process::{ChildStderr, ChildStdout, Command};

    use super::Rest;
    use crate::exec::Signal;

    /// A job object and its first process.
    pub(crate) struct Group {
        job: Mutex<Box<dyn ChildWrapper>>,
    }

    /// Windows has no signals.
    pub(crate) fn signal_of(_status: ExitStatus) -> Option<i32> {
        None
    }

    impl Group {
        /// Starts the command as the first process of a new job object, which does not outlive ci-gen.
        pub(crate) fn spawn(command: Command) -> io::Result<Group> {
            Ok(Group { job: Mutex::new(CommandWrap::from(command).wrap(KillOnDrop).wrap(JobObject).spawn()?) })
        }

        fn job(&mut self) -> &mut Box<dyn ChildWrapper> {
            self.job.get_mut().unwrap_or_else(PoisonError::into_inner)
        }

        pub(crate) fn stdout(&mut self) -> Option<ChildStdout> {
            self.job().stdout().take()
        }

        pub(crate) fn stderr(&mut self) -> Option<ChildStderr> {
            self.job().stderr().take()
        }

        /// Waits for the first process alone.
        pub(crate) async fn wait(&mut self) -> io::Result<ExitStatus> {
            self.job().inner_mut().wait().await
        }

        /// The job object tells nothing of that kind.
        pub(crate) fn rest(&self) -> Rest {
            Rest::Unknown
        }

        /// The console tells the group of Ctrl-C itself; nothing else can be asked for.
        pub(crate) fn ask(&self, signal: Signal) {
            if signal == Signal::TERMINATE {
                self.kill();
            }
        }

        /// Ends all of them at once.
        pub(crate) fn kill(&self) {
            let _ = self.job.lock().unwrap_or_else(PoisonError::into_inner).start_kill();
        }
    }
}
