//! A vendor's API: requests with its ways, tried again where that may help.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use reqwest::Url;
use serde_json::Value;

use super::{
    client::Client,
    plan::Planned,
    wire::{self, Lost},
    Answer, Dialect, Error, Expects, Judgement, Kind, Processed, Repeat, Request,
};

/// Pages of one list; whoever has more is not read to the end.
const PAGES: usize = 200;

/// A vendor's API at an address.
#[derive(Clone)]
pub struct Api {
    client: Client,
    dialect: Arc<dyn Dialect>,
    base: Url,
}

impl Api {
    /// An API at an address such as `https://api.github.com`.
    ///
    /// # Errors
    /// The address is none, or holds credentials.
    pub fn new(client: Client, dialect: impl Dialect + 'static, base: &str) -> Result<Api, Error> {
        let vendor = dialect.vendor().to_owned();
        let wrong = |why: &str| {
            Error::new(Kind::Configuration, format!("reach {vendor}"), &vendor)
                .words(why)
                .help("name the address of its API in CI_GEN_API_URL or in its own variable")
        };
        let url = Url::parse(base.trim()).map_err(|error| wrong(&format!("its address is none: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(wrong("its address begins with neither `http://` nor `https://`"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong(
                "its address holds credentials, which would stand in every log; use the token's variable",
            ));
        }
        Ok(Api { client, dialect: Arc::new(dialect), base: url })
    }

    /// The client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The vendor's name.
    pub fn vendor(&self) -> &str {
        self.dialect.vendor()
    }

    /// The address of something: each segment is percent-encoded, slashes in it included.
    ///
    /// ```
    /// # use ci_gen::net::{Api, Client, Config, Dialect, HeaderName, HeaderValue};
    /// # struct D;
    /// # impl Dialect for D {
    /// #     fn vendor(&self) -> &str { "GitLab" }
    /// #     fn credentials(&self) -> Option<(HeaderName, HeaderValue)> { None }
    /// # }
    /// # let client = Client::new(Config::default())?;
    /// let api = Api::new(client, D, "https://gitlab.com/api/v4/").unwrap();
    /// assert_eq!(api.url(["projects", "acme/shop"]).as_str(), "https://gitlab.com/api/v4/projects/acme%2Fshop");
    /// # Ok::<(), String>(())
    /// ```
    pub fn url<'a>(&self, segments: impl IntoIterator<Item = &'a str>) -> Url {
        let mut url = self.base.clone();
        url.set_query(None);
        url.set_fragment(None);
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    /// An error of this vendor that no answer is behind.
    pub fn error(&self, kind: Kind, operation: impl Into<String>) -> Error {
        Error::new(kind, operation, self.vendor())
    }

    /// Waits before something is tried again whose answer was lost, and gives the error that said so.
    ///
    /// # Errors
    /// The same, where the deadline leaves no time to try again.
    pub async fn wait(&self, error: Error) -> Result<Error, Error> {
        let wait = error.wait.unwrap_or_else(|| self.client.backoff(2));
        if wait >= self.client.left() {
            return Err(error);
        }
        self.client.clock().sleep(wait).await;
        Ok(error)
    }

    /// Sends a request until it is answered, or until it is clear that it will not be.
    ///
    /// # Errors
    /// What the vendor said, or why nobody answered. [`Error::unsure`] tells that the request may have been carried out all
    /// the same: whoever creates something looks for it then.
    pub async fn send(&self, request: Request) -> Result<Answer, Error> {
        if self.client.is_dry() {
            let headers = wire::headers(&*self.dialect, &self.base, &request.url, &request);
            let url = request.url.clone();
            let planned = Planned { request, headers };
            self.client.record(|| planned.exchange(self.client.now()));
            self.client.note(planned);
            return Ok(Answer { status: 200, headers: Default::default(), body: Vec::new(), url, dry: true });
        }
        let tries = self.client.config().tries.max(1);
        let mut number = 1;
        loop {
            let (error, processed) = match self.once(&request).await {
                Ok(answer) => return Ok(answer),
                Err(it) => it,
            };
            let Some(processed) = processed else { return Err(error) };
            let may = match request.repeat {
                Repeat::Always => true,
                Repeat::Unprocessed => processed == Processed::No,
                Repeat::Never => false,
            };
            let least = error.wait.unwrap_or_default();
            let wait = match least.is_zero() {
                true => self.client.backoff(number + 1),
                // Those who were told the same time should not come back at the same moment.
                false => least + Duration::from_millis(250).mul_f64(self.client.clock().chance()),
            };
            let unsure = processed == Processed::Maybe && request.writes();
            if !may || number >= tries || wait >= self.client.left() {
                return Err(Error { wait: Some(wait), unsure, ..error });
            }
            self.client.clock().sleep(wait).await;
            number += 1;
        }
    }

    /// One try; of a failure also what is known about the request's fate, nothing where another try would end the same.
    async fn once(&self, request: &Request) -> Result<Answer, (Error, Option<Processed>)> {
        let origin = request.url.origin().ascii_serialization();
        let gap = request.writes().then(|| self.dialect.gap());
        let clock = self.client.clock();
        self.client.pace().wait(&origin, gap, clock).await;
        let left = self.client.left();
        if left.is_zero() {
            let words = "there is no time left for publishing";
            let error = self.error(Kind::Connection, &request.operation).words(words);
            return Err((error, None));
        }
        let timeout = self.client.config().timeout.min(left);
        let answer = wire::once(&self.client, &*self.dialect, &self.base, request, timeout).await;
        let now = self.client.now();
        match answer {
            Ok(answer) => {
                if let Some(wait) = self.dialect.pause(&answer, now) {
                    self.client.pace().pause(&origin, wait, clock).await;
                }
                let judgement = match self.dialect.judge(request, &answer, now) {
                    Judgement::Fine if is_strange(request, &answer) => strange(&answer),
                    it => it,
                };
                let (kind, wait, processed) = match judgement {
                    Judgement::Fine => return Ok(answer),
                    Judgement::Later { kind, wait, processed } => (kind, wait, Some(processed)),
                    Judgement::No(kind) => (kind, None, None),
                };
                let words = self.client.hide(&answer.words());
                let help = self.dialect.help(kind, request, Some(&answer));
                let error = self.error(kind, &request.operation).status(answer.status).words(words);
                Err((Error { help, wait, ..error }, processed))
            }
            Err(lost) => {
                let (kind, why, processed) = match lost {
                    Lost::Unsent(why) => (Kind::Connection, why, Some(Processed::No)),
                    Lost::Unsure(why) => (Kind::Connection, why, Some(Processed::Maybe)),
                    Lost::Wrong(why) => (Kind::Configuration, why, None),
                };
                let host = request.url.host_str().unwrap_or_default();
                let words = self.client.hide(&format!("{host}: {why}"));
                let help = self.dialect.help(kind, request, None).or_else(|| certificate(&why));
                Err((Error { help, ..self.error(kind, &request.operation).words(words) }, processed))
            }
        }
    }

    /// Sends a read.
    ///
    /// # Errors
    /// As [`Api::send`].
    pub async fn get(&self, url: Url, operation: &str) -> Result<Answer, Error> {
        self.send(Request::get(url, operation)).await
    }

    /// All pages of a list. `next` says where the next one is.
    ///
    /// # Errors
    /// As [`Api::send`], and a next page that is at another place or that was read already.
    pub async fn pages(
        &self,
        first: Url,
        operation: &str,
        next: impl Fn(&Answer) -> Option<Url>,
    ) -> Result<Vec<Value>, Error> {
        let mut seen = BTreeSet::new();
        let mut pages = Vec::new();
        let mut url = Some(first);
        while let Some(here) = url.take().filter(|_| pages.len() < PAGES) {
            if here.origin() != self.base.origin() {
                let words = format!("the next page is at {}", here.host_str().unwrap_or_default());
                return Err(self.error(Kind::Configuration, operation).words(words));
            }
            if !seen.insert(here.to_string()) {
                break;
            }
            let answer = self.get(here, operation).await?;
            url = next(&answer);
            pages.push(answer.json());
        }
        Ok(pages)
    }
}

/// The next page as the `Link` header names it: <https://www.rfc-editor.org/rfc/rfc8288>
pub fn linked(answer: &Answer) -> Option<Url> {
    let link = answer.header("link")?;
    let next = link.split(',').find(|it| it.contains("rel=\"next\""))?;
    answer.url.join(next.split_once('<')?.1.split_once('>')?.0).ok()
}

fn is_strange(request: &Request, answer: &Answer) -> bool {
    let empty = answer.body.iter().all(u8::is_ascii_whitespace);
    request.expects == Expects::Json
        && !empty
        && (200..300).contains(&answer.status)
        && serde_json::from_slice::<serde::de::IgnoredAny>(&answer.body).is_err()
}

/// A good status with a body that cannot be: a page is of somebody in between, anything else the beginning of an answer.
fn strange(answer: &Answer) -> Judgement {
    match answer.is_page() {
        true => Judgement::No(Kind::Configuration),
        false => Judgement::trouble(None),
    }
}

fn certificate(why: &str) -> Option<String> {
    let help = "name the file with your own authority's certificate in CI_GEN_CA_FILE";
    why.to_ascii_lowercase().contains("certificate").then(|| help.to_owned())
}
