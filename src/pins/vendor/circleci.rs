//! CircleCI: the versions of an orb.

use reqwest::{Client, Url};
use serde_json::{json as value, Value};

use super::http::{json, send, strange, Failure};
use crate::pins::{update::Majors, version, Pin};

/// CircleCI's GraphQL API, the only one that knows orbs; its own command line asks there, too:
/// <https://github.com/CircleCI-Public/circleci-cli>
#[derive(Clone, Debug)]
pub(crate) struct Orbs {
    pub(crate) client: Client,
    /// `https://circleci.com`
    pub(crate) base: Url,
}

/// An orb, and as many of its versions as may be newer than one in use.
const QUERY: &str = "query($name: String!, $count: Int!) { orb(name: $name) { versions(count: $count) { version } } }";
const MOST_VERSIONS: u32 = 200;

impl Orbs {
    /// A newer version of an orb; `None` if there is none.
    pub(crate) async fn newer(&self, name: &str, current: &Pin, majors: Majors) -> Result<Option<Pin>, Failure> {
        let url = Url::parse(&format!("{}/graphql-unstable", self.base.as_str().trim_end_matches('/')));
        let url = url.map_err(|_| strange(&self.base, "address"))?;
        let body = value!({ "query": QUERY, "variables": { "name": name, "count": MOST_VERSIONS } });
        let answer = json(send(self.client.post(url.clone()).json(&body), &url).await?).await?;
        let versions = answer.pointer("/data/orb/versions").and_then(Value::as_array);
        let versions = versions.ok_or_else(|| strange(&url, "versions of the orb"))?;
        let versions = versions.iter().filter_map(|it| it.get("version")?.as_str());
        let newest = version::newest(&current.version, versions, majors == Majors::Cross);
        Ok(newest.map(|it| Pin { version: it.to_owned(), hash: None }))
    }
}
