//! What a CI system or code host asks for before it lets a run write: the names of the variables and what they open.

/// What a run needs to publish at a system, in general; details depend on how the token was made.
#[derive(Clone, Copy, Debug)]
pub struct Access {
    /// The variables that hold the credentials; all of them are needed.
    pub tokens: &'static [&'static str],
    /// What they are good for, as the rest of a sentence: `With it, a run …`.
    pub grants: &'static str,
    /// How a job gets them.
    pub help: &'static str,
    /// What differs for changes from forks, where something does.
    pub forks: Option<&'static str>,
}
