//! Newer versions, asked of the vendors.

use reqwest::Url;
use tokio::task::JoinSet;

pub use super::vendor::http::Failure;
use super::{
    lock::name_has_tag,
    vendor::{circleci::Orbs, github::Github, http, registry::Registry},
    version, Key, Kind, Pin,
};

/// Whether the first number of a version may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Majors {
    /// It stays.
    Keep,
    /// It may grow (`--major`).
    Cross,
}

/// Where the vendors are, and who asks. Nothing of it comes from the environment by itself.
#[derive(Clone, Default)]
pub struct Vendors {
    /// In the place of every vendor's address.
    pub base: Option<String>,
    /// GitHub's API, `https://api.github.com` if absent.
    pub github: Option<String>,
    /// For GitHub alone; never shown.
    pub github_token: Option<String>,
}

const GITHUB: &str = "https://api.github.com";
const CIRCLECI: &str = "https://circleci.com";

/// What a vendor said about something: a newer version, none, or why it did not say.
pub type Answer = (Key, Result<Option<Pin>, Failure>);

/// Whether a vendor can be asked: there is a number to compare, or a tag of the spec to look up.
pub fn can_update((kind, name): &Key, pin: &Pin) -> bool {
    match kind {
        Kind::Image => name_has_tag(name) || version::is_version(&pin.version),
        Kind::Action | Kind::Orb => version::is_version(&pin.version),
    }
}

/// Asks for newer versions, all at once; the answers come in the order of `current`.
///
/// An image whose tag the spec names keeps it and gets the digest of today.
///
/// # Errors
/// An address is none, or no connection can be made at all.
pub async fn newer(current: Vec<(Key, Pin)>, vendors: &Vendors, majors: Majors) -> Result<Vec<Answer>, String> {
    let client = http::client()?;
    let base = vendors.base.as_deref();
    let url = |text: &str| Url::parse(text).map_err(|error| format!("`{text}` is no address: {error}"));
    let github = url(base.or(vendors.github.as_deref()).unwrap_or(GITHUB))?;
    // A token in plain text is anybody's on the way.
    let safe = github.scheme() == "https" || matches!(github.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    let token = vendors.github_token.clone().filter(|_| safe);
    let github = Github { client: client.clone(), base: github, token };
    let orbs = Orbs { client: client.clone(), base: url(base.unwrap_or(CIRCLECI))? };
    let registry = Registry { client, base: base.map(url).transpose()? };

    let mut asked = JoinSet::new();
    for (index, (key, pin)) in current.into_iter().enumerate() {
        let (github, orbs, registry) = (github.clone(), orbs.clone(), registry.clone());
        asked.spawn(async move {
            let name = &key.1;
            let answer = match key.0 {
                Kind::Action => github.newer(name, &pin, majors).await,
                Kind::Orb => orbs.newer(name, &pin, majors).await,
                Kind::Image if name_has_tag(name) => registry.digest_of(name, &pin).await,
                Kind::Image => registry.newer(name, &pin, majors).await,
            };
            (index, (key, answer))
        });
    }
    let mut answers = Vec::new();
    while let Some(answer) = asked.join_next().await {
        answers.push(answer.map_err(|error| error.to_string())?);
    }
    answers.sort_by_key(|(index, _)| *index);
    Ok(answers.into_iter().map(|(_, answer)| answer).collect())
}
