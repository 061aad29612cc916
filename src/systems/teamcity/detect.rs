//! Where a build of TeamCity runs. Most of it is no variable: a file has it that a second file names.
//!
//! Parameters: <https://www.jetbrains.com/help/teamcity/predefined-build-parameters.html>, of pull requests
//! <https://www.jetbrains.com/help/teamcity/pull-requests.html#Parameters>

use std::collections::BTreeMap;

use super::{script, Teamcity};
use crate::{
    context::{change_of, properties, Context, Env, Field},
    systems::{detect::repository, Access, Detect},
};

/// The file of system properties, and its key that names the file of configuration parameters.
const SYSTEM: &str = "TEAMCITY_BUILD_PROPERTIES_FILE";
const CONFIGURATION: &str = "teamcity.configuration.properties.file";

impl Detect for Teamcity {
    fn marker(&self, env: &Env) -> Option<String> {
        env.get("TEAMCITY_VERSION").map(|_| "TEAMCITY_VERSION".to_owned())
    }

    fn workspace(&self, env: &Env) -> Option<String> {
        let parameters = Parameters::of(env);
        parameters
            .get("teamcity.build.checkoutDir")
            .or_else(|| parameters.get("teamcity.build.workingDir"))
            .map(|it| it.value)
    }

    fn files_wanted(&self, env: &Env) -> Vec<String> {
        let first = env.get(SYSTEM).map(str::to_owned);
        let second = env.file(SYSTEM).and_then(|text| properties::parse(text).remove(CONFIGURATION));
        first.into_iter().chain(second.filter(|it| !it.is_empty())).collect()
    }

    /// <https://www.jetbrains.com/help/teamcity/configuring-your-user-profile.html#Managing+Access+Tokens>
    fn access(&self) -> Access {
        Access {
            tokens: &["TEAMCITY_TOKEN"],
            grants: "comments on the build and tags it over the REST API; tests are reported without it",
            help: "set an access token as the password parameter `env.TEAMCITY_TOKEN`",
            forks: Some("builds of pull requests from forks run whoever's code it is; keep secrets out of them"),
        }
    }

    fn read(&self, env: &Env) -> Context {
        let parameters = Parameters::of(env);
        let reference = parameters.reference(env);
        let of = |name: &str| parameters.get(&format!("teamcity.pullRequest.{name}"));
        let number = of("number").and_then(Field::number).or_else(|| reference.clone().and_then(Field::change));
        let is_merge =
            reference.as_ref().is_some_and(|it| change_of(&it.value).is_some() && it.value.ends_with("/merge"));
        let revision = revision(env).or_else(|| parameters.get("build.vcs.number"));
        let address = parameters.root("url").and_then(|it| it.and_then(|url| repository(&url)));
        let build_id = parameters.get("teamcity.build.id");
        Context {
            repository: address.clone().map(|it| it.map(|it| it.path)),
            host: address.map(|it| it.map(|it| it.host)),
            branch: of("source.branch").and_then(Field::branch).or_else(|| parameters.branch(reference.as_ref())),
            tag: reference.and_then(Field::tag),
            head_sha: revision.clone().filter(|_| !is_merge),
            tested_sha: revision,
            base_branch: of("target.branch").and_then(Field::branch),
            // The branch that a change comes from is told only within one repository.
            fork: of("number").map(|it| it.map(|_| of("source.branch").is_none())),
            change_number: number,
            event: env
                .field("BUILD_IS_PERSONAL")
                .filter(|it| it.value == "true")
                .map(|it| it.map(|_| "personal".to_owned())),
            build_url: env.field("BUILD_URL").or_else(|| parameters.page()).map(Field::page),
            // The number is text in a free form, which the user chooses.
            build_id: build_id.or_else(|| env.field("BUILD_NUMBER")),
            job: env.field("TEAMCITY_BUILDCONF_NAME"),
            shard_index: parameters.get("teamcity.build.parallelTests.currentBatch").and_then(Field::number),
            shard_total: parameters.get("teamcity.build.parallelTests.totalBatches").and_then(Field::number),
            ..Context::default()
        }
    }
}

/// The commit: with several repositories there is one variable for each, and nobody knows which is meant.
fn revision(env: &Env) -> Option<Field> {
    let of_root = || {
        let mut found = env.iter().filter(|(name, value)| name.starts_with("BUILD_VCS_NUMBER_") && !value.is_empty());
        let (name, _) = found.next()?;
        found.next().is_none().then(|| env.field(name))?
    };
    env.field("BUILD_VCS_NUMBER").or_else(of_root)
}

/// What the two files say.
struct Parameters(BTreeMap<String, String>);

impl Parameters {
    fn of(env: &Env) -> Self {
        let system = env.file(SYSTEM).map(properties::parse).unwrap_or_default();
        let second = system.get(CONFIGURATION).and_then(|path| env.files.get(path));
        let mut all = second.map(|it| properties::parse(it)).unwrap_or_default();
        all.extend(system);
        Parameters(all)
    }

    fn get(&self, key: &str) -> Option<Field> {
        let value = self.0.get(key).filter(|it| !it.is_empty())?;
        Some(Field::new(value.clone(), format!("property {key}")))
    }

    /// The only parameter that begins so.
    fn only(&self, prefix: &str, suffix: &str) -> Option<Field> {
        let mut keys = self.0.keys().filter(|it| it.starts_with(prefix) && it.ends_with(suffix));
        let key = keys.next()?;
        keys.next().is_none().then(|| self.get(key))?
    }

    /// A property of the repository: `vcsroot.url`, with several repositories `vcsroot.ID.url`.
    fn root(&self, key: &str) -> Option<Field> {
        self.get(&format!("vcsroot.{key}")).or_else(|| self.only("vcsroot.", &format!(".{key}")))
    }

    /// The full name of what is built, `refs/heads/main`, or what people see for it, `main` or `pull/7`.
    fn reference(&self, env: &Env) -> Option<Field> {
        let full = self.only("teamcity.build.vcs.branch.", "").or_else(|| env.field(script::REF));
        let named = self.get("teamcity.build.branch").filter(|it| it.value != "<default>");
        full.or(named).or_else(|| self.root("branch").filter(|_| self.get("teamcity.build.branch").is_some()))
    }

    /// The branch, of a fork's change `pull/7`: its own name is not told.
    fn branch(&self, reference: Option<&Field>) -> Option<Field> {
        let named = self.get("teamcity.build.branch").filter(|it| it.value != "<default>");
        let is_tag = reference.is_some_and(|it| crate::context::tag_of(&it.value).is_some());
        let plain = |it: Field| it.branch();
        reference.cloned().and_then(plain).or_else(|| named.and_then(plain)).filter(|_| !is_tag)
    }

    /// <https://www.jetbrains.com/help/teamcity/guest-user.html> and others link to builds so.
    fn page(&self) -> Option<Field> {
        let server = self.get("teamcity.serverUrl")?.value;
        let server = server.trim_end_matches('/');
        self.get("teamcity.build.id").map(|it| it.map(|id| format!("{server}/viewLog.html?buildId={id}")))
    }
}
