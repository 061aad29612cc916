//! Where the server is, and which build is meant.

use std::collections::BTreeMap;

use super::VENDOR;
use crate::{
    context::{properties, without_credentials, Env},
    net::{Error, Kind, Url},
    providers::Setting,
};

/// The configuration that runs from elsewhere become builds of.
const CONFIGURATION: &str = "TEAMCITY_BUILD_TYPE";
/// The server's address, for runs from elsewhere.
const SERVER: &str = "TEAMCITY_SERVER_URL";

/// The file of system properties, and its key that names the file of configuration parameters:
/// <https://www.jetbrains.com/help/teamcity/predefined-build-parameters.html>
const SYSTEM: &str = "TEAMCITY_BUILD_PROPERTIES_FILE";
const SECOND: &str = "teamcity.configuration.properties.file";

/// Parts of addresses of builds, behind the server's own.
const PAGES: &[&str] = &["/viewLog.html", "/buildConfiguration/", "/build/", "/viewQueued.html"];

/// Where everything is.
pub(super) struct Place {
    /// The server's address.
    pub(super) server: String,
    /// The build.
    pub(super) build: Build,
}

/// Which build is meant.
pub(super) enum Build {
    /// The one that this runs in, by its id.
    Running(String),
    /// A new one of that configuration.
    Of(String),
    /// Nothing tells.
    Unknown,
}

impl Place {
    /// What the variables and the files that they name say.
    pub(super) fn of(setting: &Setting<'_>) -> Result<Place, Error> {
        let env = setting.env;
        let parameters = parameters(env);
        let parameter = |key: &str| parameters.get(key).filter(|it| !it.is_empty()).cloned();
        let inside = env.get("TEAMCITY_VERSION").is_some();
        let page = setting.context.build_url.as_ref().map(|it| it.value.clone()).filter(|_| inside);
        let server = setting
            .api
            .map(str::to_owned)
            .or_else(|| env.get(SERVER).map(str::to_owned))
            .or_else(|| parameter("teamcity.serverUrl"))
            .or_else(|| page.as_deref().and_then(server_of));
        let server = server.ok_or_else(|| {
            Error::new(Kind::Configuration, format!("publish at {VENDOR}"), VENDOR)
                .words("nothing says where the server is")
                .help(format!("name its address in {SERVER}"))
        })?;
        let running = parameter("teamcity.build.id").or_else(|| page.as_deref().and_then(id_of));
        let build = match (inside, running, env.get(CONFIGURATION)) {
            (true, Some(id), _) => Build::Running(id),
            (false, _, Some(configuration)) => Build::Of(configuration.to_owned()),
            _ => Build::Unknown,
        };
        Ok(Place { server: without_credentials(&server), build })
    }
}

fn parameters(env: &Env) -> BTreeMap<String, String> {
    let system = env.file(SYSTEM).map(properties::parse).unwrap_or_default();
    let second = system.get(SECOND).and_then(|path| env.files.get(path));
    let mut all = second.map(|it| properties::parse(it)).unwrap_or_default();
    all.extend(system);
    all
}

/// The server's address in that of a build.
fn server_of(page: &str) -> Option<String> {
    PAGES.iter().find_map(|it| page.split_once(it)).map(|(server, _)| server.to_owned())
}

/// The id in the address of a build: `…?buildId=7`, `/buildConfiguration/NAME/7`, `/build/7`.
fn id_of(page: &str) -> Option<String> {
    let url = Url::parse(page).ok()?;
    let named = url.query_pairs().find(|(name, _)| name == "buildId").map(|(_, value)| value.into_owned());
    let last = || url.path_segments()?.rfind(|it| !it.is_empty()).map(str::to_owned);
    named.or_else(last).filter(|it| !it.is_empty() && it.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_builds_tell_the_server_and_the_build() {
        for (page, server, id) in [
            ("https://ci.acme.org/viewLog.html?buildId=77&x=1", "https://ci.acme.org", Some("77")),
            ("https://acme.org/tc/buildConfiguration/Acme_Unit/77", "https://acme.org/tc", Some("77")),
            ("https://acme.org/tc/build/77?x", "https://acme.org/tc", Some("77")),
            ("https://acme.org/buildConfiguration/Acme_Unit", "https://acme.org", None),
        ] {
            assert_eq!(server_of(page).as_deref(), Some(server), "{page}");
            assert_eq!(id_of(page).as_deref(), id, "{page}");
        }
        assert_eq!(server_of("https://acme.org/other"), None);
    }
}
