//! The client: what all requests of a run share.

use std::{
    fmt, fs,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use reqwest::{redirect::Policy, Certificate, Proxy};
use serde_json::Value;

use super::{
    har::{self, Exchange},
    pace::Pace,
    plan::Planned,
    Clock, Secrets, SystemClock,
};

/// Whether requests are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// They are made.
    #[default]
    Wire,
    /// They are only noted; every answer is empty.
    Dry,
}

/// How a client behaves.
#[derive(Clone)]
pub struct Config {
    /// Whether requests are made.
    pub mode: Mode,
    /// What must not be seen in anything that comes out.
    pub secrets: Secrets,
    /// Tries of one request.
    pub tries: u32,
    /// How long the first wait between two tries is; each further one is twice as long.
    pub backoff: Duration,
    /// How long one try may take.
    pub timeout: Duration,
    /// How long everything may take together, from when the client is made.
    pub deadline: Duration,
    /// Files with certificates to trust beside the system's, in PEM.
    pub certificates: Vec<PathBuf>,
    /// A proxy for every request; without it those of `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` count.
    pub proxy: Option<String>,
    /// Time and chance.
    pub clock: Arc<dyn Clock>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            mode: Mode::Wire,
            secrets: Secrets::default(),
            tries: 5,
            backoff: Duration::from_millis(500),
            timeout: Duration::from_secs(30),
            deadline: Duration::from_secs(120),
            certificates: Vec::new(),
            proxy: None,
            clock: Arc::new(SystemClock),
        }
    }
}

/// Sends requests for all providers of a run; copies are the same client.
#[derive(Clone)]
pub struct Client(Arc<Shared>);

struct Shared {
    config: Config,
    http: reqwest::Client,
    end: Arc<Mutex<SystemTime>>,
    pace: Arc<Pace>,
    exchanges: Arc<Mutex<Vec<Exchange>>>,
    planned: Arc<Mutex<Vec<Planned>>>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("mode", &self.0.config.mode).finish_non_exhaustive()
    }
}

impl Client {
    /// A client. Nothing is asked yet.
    ///
    /// # Errors
    /// A file of certificates that cannot be read or holds none, an address of a proxy that is none.
    pub fn new(config: Config) -> Result<Client, String> {
        let http = http(&config)?;
        let end = Arc::new(Mutex::new(config.clock.now() + config.deadline));
        let shared =
            Shared { config, http, end, pace: Arc::default(), exchanges: Arc::default(), planned: Arc::default() };
        Ok(Client(Arc::new(shared)))
    }

    /// The same client through a proxy, with the same log and the same end.
    ///
    /// # Errors
    /// The address is none.
    pub fn through(&self, proxy: &str) -> Result<Client, String> {
        let config = Config { proxy: Some(proxy.to_owned()), ..self.0.config.clone() };
        let shared = Shared {
            http: http(&config)?,
            config,
            end: self.0.end.clone(),
            pace: self.0.pace.clone(),
            exchanges: self.0.exchanges.clone(),
            planned: self.0.planned.clone(),
        };
        Ok(Client(Arc::new(shared)))
    }

    /// Whether requests are only noted.
    pub fn is_dry(&self) -> bool {
        self.0.config.mode == Mode::Dry
    }

    /// A text without any secret.
    pub fn hide(&self, text: &str) -> String {
        self.0.config.secrets.hide(text).into_owned()
    }

    /// The requests that were made, with their answers, as an HTTP archive without any secret.
    pub fn archive(&self) -> Value {
        let exchanges = self.0.exchanges.lock().unwrap_or_else(PoisonError::into_inner);
        har::archive(&exchanges, &self.0.config.secrets)
    }

    /// So many requests were made.
    pub fn requests(&self) -> usize {
        self.0.exchanges.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// The requests that would have been made, as text, each ending in a line break.
    pub fn planned(&self) -> Vec<String> {
        let planned = self.0.planned.lock().unwrap_or_else(PoisonError::into_inner);
        planned.iter().map(|it| it.text(&self.0.config.secrets)).collect()
    }

    /// The time.
    pub fn now(&self) -> SystemTime {
        self.0.config.clock.now()
    }

    /// The clock.
    pub fn clock(&self) -> &dyn Clock {
        &*self.0.config.clock
    }

    /// How long there still is for everything.
    pub fn left(&self) -> Duration {
        let end = *self.0.end.lock().unwrap_or_else(PoisonError::into_inner);
        end.duration_since(self.now()).unwrap_or_default()
    }

    /// From now on there is so long for everything: another part of the work begins.
    pub fn restart(&self, deadline: Duration) {
        *self.0.end.lock().unwrap_or_else(PoisonError::into_inner) = self.now() + deadline;
    }

    /// How long there is for everything, as it was configured.
    pub fn deadline(&self) -> Duration {
        self.0.config.deadline
    }

    /// How long to wait before try number `next`, the first wait being before the second: twice as long each time, and
    /// between half and all of it by chance, so that those who failed together do not come back together.
    pub fn backoff(&self, next: u32) -> Duration {
        let longest = self.0.config.backoff.saturating_mul(1 << next.saturating_sub(2).min(6));
        longest.mul_f64(0.5 + self.clock().chance() / 2.0)
    }

    pub(super) fn config(&self) -> &Config {
        &self.0.config
    }

    pub(super) fn http(&self) -> &reqwest::Client {
        &self.0.http
    }

    pub(super) fn pace(&self) -> &Pace {
        &self.0.pace
    }

    pub(super) fn record(&self, exchange: impl FnOnce() -> Exchange) {
        self.0.exchanges.lock().unwrap_or_else(PoisonError::into_inner).push(exchange());
    }

    pub(super) fn note(&self, planned: Planned) {
        self.0.planned.lock().unwrap_or_else(PoisonError::into_inner).push(planned);
    }
}

fn http(config: &Config) -> Result<reqwest::Client, String> {
    // Whoever was first has chosen the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let agent = concat!("ci-gen/", env!("CARGO_PKG_VERSION"));
    let mut builder =
        reqwest::Client::builder().user_agent(agent).redirect(Policy::none()).connect_timeout(config.timeout);
    for path in &config.certificates {
        let shown = path.display();
        let pem = fs::read(path).map_err(|error| format!("cannot read the certificates in `{shown}`: {error}"))?;
        let found =
            Certificate::from_pem_bundle(&pem).map_err(|_| format!("`{shown}` holds no certificates in PEM"))?;
        if found.is_empty() {
            return Err(format!("`{shown}` holds no certificates in PEM"));
        }
        builder = builder.tls_certs_merge(found);
    }
    if let Some(proxy) = &config.proxy {
        let all = Proxy::all(proxy.as_str()).map_err(|_| "the address of the proxy is none".to_owned())?;
        builder = builder.proxy(all);
    }
    builder.build().map_err(|error| format!("no connection can be made: {error}"))
}
