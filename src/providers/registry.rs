//! The providers by name: those that are built in, and those of others.

use std::{collections::BTreeMap, fmt, sync::Arc};

use super::Provider;
use crate::{
    context::{Context, Env},
    net::{Client, Error, Kind},
};

/// What a provider is made from.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// The variables: credentials, addresses. Nothing else is asked for them.
    pub env: &'a Env,
    /// Where we are: repository, commit, change.
    pub context: &'a Context,
    /// What sends the requests.
    pub client: &'a Client,
    /// The address of the API over what the vendor's own variables say: CI_GEN_API_URL.
    pub api: Option<&'a str>,
}

impl Setting<'_> {
    /// A token: the value of a variable, which must be one line of visible ASCII.
    ///
    /// # Errors
    /// `Authentication` where it is unset or cannot be sent, with the variable's name. Its value is never shown.
    pub fn token(&self, variable: &str, vendor: &str) -> Result<String, Error> {
        let operation = format!("publish at {vendor}");
        let error = |words: String| Error::new(Kind::Authentication, &operation, vendor).words(words);
        // One system leaves the reference as it is where there is no such secret.
        let is_reference = |it: &&str| it.starts_with("$(") && it.ends_with(')');
        let value = self.env.get(variable).map(str::trim).filter(|it| !it.is_empty() && !is_reference(it));
        let value = value.ok_or_else(|| {
            error(format!("there is no token in {variable}")).help("`ci-gen doctor` says how a job gets it")
        })?;
        if value.chars().all(|c| c.is_ascii_graphic()) {
            return Ok(value.to_owned());
        }
        Err(error(format!("the token in {variable} holds blanks, line breaks or characters that no token has"))
            .help("set the variable again, without quotes or line breaks around the token"))
    }
}

/// Makes a provider.
pub type Maker = Arc<dyn Fn(&Setting<'_>) -> Result<Box<dyn Provider>, Error> + Send + Sync>;

/// Providers by name.
///
/// ```
/// use ci_gen::{context::{Context, Env}, net::{Client, Config}, providers::{Capability, Provider, Registry, Setting}};
///
/// struct Board;
/// impl Provider for Board {
///     fn name(&self) -> &str { "board" }
///     fn capabilities(&self) -> Vec<Capability> { Vec::new() }
/// }
///
/// let mut registry = Registry::builtin();
/// registry.register("board", |_| Ok(Box::new(Board)));
/// let (env, context) = (Env::default(), Context::default());
/// let client = Client::new(Config::default())?;
/// let setting = Setting { env: &env, context: &context, client: &client, api: None };
/// assert_eq!(registry.create("board", &setting).unwrap().name(), "board");
/// assert!(registry.create("bord", &setting).unwrap_err().to_string().contains("`board`"));
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Default)]
pub struct Registry {
    makers: BTreeMap<String, Maker>,
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.makers.keys()).finish()
    }
}

impl Registry {
    /// Those that ci-gen brings along.
    pub fn builtin() -> Self {
        let mut registry = Registry::default();
        for (name, maker) in BUILTIN {
            registry.register(*name, maker);
        }
        registry
    }

    /// Adds a provider, or puts it in the place of another one of that name.
    pub fn register(
        &mut self,
        name: impl Into<String>,
        maker: impl Fn(&Setting<'_>) -> Result<Box<dyn Provider>, Error> + Send + Sync + 'static,
    ) {
        self.makers.insert(name.into(), Arc::new(maker));
    }

    /// Makes the provider of that name.
    ///
    /// # Errors
    /// There is none, or what it needs is not there.
    pub fn create(&self, name: &str, setting: &Setting<'_>) -> Result<Box<dyn Provider>, Error> {
        let maker = self.makers.get(name).ok_or_else(|| {
            let near = self.makers.keys().find(|it| strsim::damerau_levenshtein(it, name) <= 2);
            let guess = near.map(|it| format!("; did you mean `{it}`?")).unwrap_or_default();
            Error::new(Kind::Configuration, format!("publish at `{name}`"), name)
                .words(format!("there is no such provider; there are {}{guess}", self.available().join(", ")))
        })?;
        maker(setting)
    }

    /// The names, sorted.
    pub fn available(&self) -> Vec<&str> {
        self.makers.keys().map(String::as_str).collect()
    }
}

type Builtin = fn(&Setting<'_>) -> Result<Box<dyn Provider>, Error>;

/// The one list of what ci-gen brings along.
const BUILTIN: &[(&str, Builtin)] = &[
    ("azure", super::azure::Azure::make),
    ("bitbucket", super::bitbucket::create),
    ("circleci", super::circleci::Circleci::make),
    ("github", super::github::make),
    ("gitlab", super::gitlab::create),
    ("jenkins", super::jenkins::Jenkins::make),
    ("local", super::local::Local::make),
    ("teamcity", super::teamcity::Teamcity::make),
    ("travis", super::travis::Travis::make),
];
