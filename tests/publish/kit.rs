//! What the contract has to know of a vendor, and how a provider is set up against a fake of it.

use std::path::Path;

use ci_gen::{
    context::{Context, Env},
    net::{Client, Config, Error, Secrets},
    providers::{Provider, Registry, Setting},
    systems,
};

use super::server::{Answer, Fault, Request, Server, Vendor};

/// The value of every credential; nothing but the header that must hold it may show it.
pub const TOKEN: &str = "marker-token-3f9c";

/// A vendor under test.
pub trait Kit: Sync {
    /// The provider's name.
    fn name(&self) -> &'static str;

    /// The variables of a job that runs for a change whose repository is at the fake, with [`TOKEN`] as every credential.
    fn variables(&self, address: &str) -> Vec<(&'static str, String)>;

    /// A fake of the vendor with the repository, the commit and the open change that the variables tell of, and nothing on
    /// them. It gives lists in pages of at most the size that is asked for, and turns away who has no token.
    fn start(&self) -> Box<dyn Fake>;
}

/// What every fake can do, whoever its vendor is.
pub trait Loopback {
    fn address(&self) -> String;

    /// The next request that fits is answered by this fault.
    fn fault(&self, when: Box<dyn Fn(&Request) -> bool + Send>, fault: Fault);

    /// Faults that were not met yet.
    fn faults_left(&self) -> usize;

    fn requests(&self) -> Vec<Request>;

    /// What was wrong with bodies of requests, by the schemas.
    fn wrong(&self) -> Vec<String>;
}

impl<V: Vendor + 'static> Loopback for Server<V> {
    fn address(&self) -> String {
        self.address.clone()
    }

    fn fault(&self, when: Box<dyn Fn(&Request) -> bool + Send>, fault: Fault) {
        Server::fault(self, when, fault);
    }

    fn faults_left(&self) -> usize {
        Server::faults_left(self)
    }

    fn requests(&self) -> Vec<Request> {
        Server::requests(self)
    }

    fn wrong(&self) -> Vec<String> {
        Server::wrong(self)
    }
}

/// A running fake of a vendor.
pub trait Fake: Loopback {
    /// The texts of the comments that are there.
    fn comments(&self) -> Vec<String>;

    /// Somebody else comments so many times.
    fn chatter(&self, count: usize);

    /// Somebody removes every comment.
    fn remove_comments(&self);

    /// The statuses that people see: the latest of each name, and its state as `pending`, `success`, `failure` or `error`.
    fn statuses(&self) -> Vec<(String, String)>;

    /// The test runs that are there.
    fn runs(&self) -> Vec<SeenRun>;

    /// What the vendor says to too many requests, with or without a time to wait in seconds.
    fn rate_limit(&self, wait: Option<u64>) -> Answer;

    /// What the vendor says to a token that may not do this.
    fn forbidden(&self) -> Answer;

    /// Whether a request creates or changes a comment, or sets a status.
    fn is_comment(&self, request: &Request) -> bool;
    fn is_status(&self, request: &Request) -> bool;
}

/// A test run that a vendor shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenRun {
    pub title: String,
    pub finished: bool,
    /// Whether it is shown as good; nothing while it runs.
    pub passed: Option<bool>,
    /// Results, annotations or whatever the vendor shows of single tests.
    pub results: usize,
}

/// A provider and what it was made from.
pub struct Set {
    pub env: Env,
    pub context: Context,
    pub client: Client,
}

impl Set {
    /// The setting of a kit's variables, with others over them.
    pub fn with(kit: &dyn Kit, address: &str, more: &[(&str, &str)], config: Config) -> Set {
        let mut variables: Vec<(String, String)> =
            kit.variables(address).into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        for (name, value) in more {
            variables.retain(|(known, _)| known != name);
            variables.push(((*name).to_owned(), (*value).to_owned()));
        }
        let env = Env::from_iter(variables);
        let context = systems::detect(&env, None, Path::new("/")).unwrap().context;
        let client = Client::new(Config { secrets: Secrets::new([TOKEN]), ..config }).unwrap();
        Set { env, context, client }
    }

    /// The provider.
    pub fn provider(&self, name: &str) -> Result<Box<dyn Provider>, Error> {
        let api = self.env.get("CI_GEN_API_URL");
        let setting = Setting { env: &self.env, context: &self.context, client: &self.client, api };
        Registry::builtin().create(name, &setting)
    }
}
