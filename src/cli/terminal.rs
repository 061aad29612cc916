//! The only place that prints: data on standard output, all else on standard error and in the log file.

use std::{
    fs::File,
    io::{self, IsTerminal, Write},
    path::Path,
};

use anstream::{AutoStream, ColorChoice};
use clap::ValueEnum;

/// When output is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How much is said beside data and problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verbosity {
    /// Errors only
    Quiet,
    /// What was done
    Normal,
    /// How it was done
    Verbose,
    /// Everything
    Debug,
}

/// Where a command's words go.
pub(super) struct Terminal {
    color: Color,
    verbosity: Verbosity,
    log: Option<File>,
    /// Whether somebody else left standard output and standard error in the middle of a line.
    cut: (bool, bool),
}

/// The first line of every log; a file without it is none, and is left alone.
const LOG: &str = "# log of ci-gen";

fn open_log(path: &Path) -> io::Result<File> {
    match std::fs::read(path) {
        Ok(bytes) if !bytes.is_empty() && !bytes.starts_with(LOG.as_bytes()) => {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "the file exists and is no log of ci-gen"));
        }
        _ => {}
    }
    let mut log = File::create(path)?;
    writeln!(log, "{LOG}")?;
    Ok(log)
}

impl Terminal {
    /// Opens the log file, if one is named; what an earlier run wrote there is replaced.
    ///
    /// # Errors
    /// The log file cannot be written, or is something else than a log.
    pub(super) fn new(color: Color, verbosity: Verbosity, log: Option<&Path>) -> io::Result<Self> {
        Ok(Terminal { color, verbosity, log: log.map(open_log).transpose()?, cut: (false, false) })
    }

    /// Somebody else wrote, and left standard output and standard error in the middle of a line: the next words begin a
    /// new one. Both may be shown as one, or each by itself.
    pub(super) fn cut(&mut self, out: bool, err: bool) {
        self.cut = (out, out || err);
    }

    /// Data. A reader that has gone away is no fault.
    pub(super) fn data(&mut self, text: &str) -> io::Result<()> {
        let mut stdout = AutoStream::new(io::stdout().lock(), self.choice(io::stdout().is_terminal()));
        let begin: &[u8] = if std::mem::take(&mut self.cut.0) { b"\n" } else { b"" };
        match stdout.write_all(&[begin, text.as_bytes()].concat()).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            result => result,
        }
    }

    /// Problems and their summary; never suppressed.
    pub(super) fn problem(&mut self, text: &str) {
        self.stderr(text);
    }

    /// What was done.
    pub(super) fn note(&mut self, text: &str) {
        self.at(Verbosity::Normal, text);
    }

    /// How it was done.
    pub(super) fn detail(&mut self, text: &str) {
        self.at(Verbosity::Verbose, text);
    }

    /// Everything.
    pub(super) fn debug(&mut self, text: &str) {
        self.at(Verbosity::Debug, text);
    }

    /// Whether a person reads along.
    pub(super) fn is_watched(&self) -> bool {
        io::stderr().is_terminal()
    }

    /// Whether problems are coloured.
    pub(super) fn colors_problems(&self) -> bool {
        self.choice(io::stderr().is_terminal()) != ColorChoice::Never
    }

    /// Whether data is coloured.
    pub(super) fn colors_data(&self) -> bool {
        self.choice(io::stdout().is_terminal()) != ColorChoice::Never
    }

    fn at(&mut self, level: Verbosity, text: &str) {
        if self.verbosity >= level {
            self.stderr(text);
        } else {
            self.record(text);
        }
    }

    fn stderr(&mut self, text: &str) {
        self.record(text);
        let choice = self.choice(io::stderr().is_terminal());
        // Nobody is left to be told when standard error is gone.
        let begin = if std::mem::take(&mut self.cut.1) { "\n" } else { "" };
        let _ = writeln!(AutoStream::new(io::stderr().lock(), choice), "{begin}{}", text.trim_end());
    }

    fn record(&mut self, text: &str) {
        if let Some(log) = &mut self.log {
            let plain = anstream::adapter::strip_str(text.trim_end()).to_string();
            let _ = writeln!(log, "{plain}");
        }
    }

    /// <https://no-color.org>
    fn choice(&self, terminal: bool) -> ColorChoice {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty());
        match self.color {
            Color::Always => ColorChoice::Always,
            Color::Auto if terminal && wanted => ColorChoice::Auto,
            Color::Auto | Color::Never => ColorChoice::Never,
        }
    }
}
