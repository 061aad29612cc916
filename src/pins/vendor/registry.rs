//! Container registries: the digest of a tag, and newer tags.

use reqwest::{header::HeaderMap, Client, Method, Response, Url};
use serde_json::Value;

use super::http::{json, next_page, refused, send, strange, Failure};
use crate::pins::{is_digest, update::Majors, version, Image, Pin};

/// Any registry that speaks the HTTP API: <https://distribution.github.io/distribution/spec/api/>
#[derive(Clone, Debug)]
pub(crate) struct Registry {
    pub(crate) client: Client,
    /// In the place of every registry.
    pub(crate) base: Option<Url>,
}

/// Images of one platform and lists of several, in Docker's terms and in those of OCI. A list comes with the digest of
/// the whole, which is right on every platform.
const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, \
                         application/vnd.docker.distribution.manifest.list.v2+json, \
                         application/vnd.oci.image.manifest.v1+json, \
                         application/vnd.docker.distribution.manifest.v2+json";

/// Docker's own registry, which images without a host are in.
const DOCKER_HUB: &str = "registry-1.docker.io";

/// More pages of tags are not read.
const MOST_PAGES: usize = 20;

impl Registry {
    /// The digest of the tag that the spec names, if it is not the current one.
    pub(crate) async fn digest_of(&self, name: &str, current: &Pin) -> Result<Option<Pin>, Failure> {
        // The name of an image in a lock has its tag.
        let name = Image::parse(name).map_or(name, |it| it.name);
        let digest = self.digest(name, &current.version).await?;
        let pin = Pin { version: current.version.clone(), hash: Some(digest) };
        Ok((pin != *current).then_some(pin))
    }

    /// The newest tag in the form of the current one with its digest, if that is not the current one.
    pub(crate) async fn newer(&self, name: &str, current: &Pin, majors: Majors) -> Result<Option<Pin>, Failure> {
        let tags = self.tags(name).await?;
        let newest = version::newest(&current.version, tags.iter().map(String::as_str), majors == Majors::Cross);
        let version = newest.unwrap_or(&current.version).to_owned();
        self.digest_of(name, &Pin { version, hash: current.hash.clone() }).await
    }

    async fn digest(&self, name: &str, tag: &str) -> Result<String, Failure> {
        let (base, path) = self.address(name);
        let url = manifest(&base, &path, tag)?;
        let response = self.ask(Method::HEAD, &url).await?;
        if !response.status().is_success() {
            return Err(refused(&url, response.status(), None));
        }
        let digest = response.headers().get("docker-content-digest").and_then(|it| it.to_str().ok());
        digest.filter(|it| is_digest(it)).map(str::to_owned).ok_or_else(|| strange(&url, "digest"))
    }

    async fn tags(&self, name: &str) -> Result<Vec<String>, Failure> {
        let (base, path) = self.address(name);
        let mut tags = Vec::new();
        let mut page = Some(join(&base, &format!("v2/{path}/tags/list"))?);
        for _ in 0..MOST_PAGES {
            let Some(url) = page else { break };
            let response = self.ask(Method::GET, &url).await?;
            page = next_page(response.headers(), &url);
            let list = json(response).await?;
            let names = list.get("tags").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
            tags.extend(names.map(str::to_owned));
        }
        Ok(tags)
    }

    /// Where an image's registry is, and what it calls the image.
    fn address(&self, name: &str) -> (String, String) {
        let (host, path) = match name.split_once('/') {
            Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => (host, path.to_owned()),
            Some(_) => (DOCKER_HUB, name.to_owned()),
            None => (DOCKER_HUB, format!("library/{name}")),
        };
        let host = if matches!(host, "docker.io" | "index.docker.io") { DOCKER_HUB } else { host };
        // As Docker does it: a registry on this machine needs no TLS.
        let local = matches!(host.split(':').next(), Some("localhost" | "127.0.0.1"));
        let base = match &self.base {
            Some(base) => base.to_string(),
            None => format!("{}://{host}", if local { "http" } else { "https" }),
        };
        (base, path)
    }

    /// Asks, and asks again with the token that the registry sends for:
    /// <https://distribution.github.io/distribution/spec/auth/token/>
    async fn ask(&self, method: Method, url: &Url) -> Result<Response, Failure> {
        let request = || self.client.request(method.clone(), url.clone()).header("accept", MANIFESTS);
        let response = send(request(), url).await?;
        if response.status() != reqwest::StatusCode::UNAUTHORIZED {
            return Ok(response);
        }
        let Some(token_url) = challenge(response.headers()) else { return Ok(response) };
        let answer = json(send(self.client.get(token_url.clone()), &token_url).await?).await?;
        let token = answer.get("token").or_else(|| answer.get("access_token")).and_then(Value::as_str);
        let token = token.ok_or_else(|| strange(&token_url, "token"))?;
        send(request().bearer_auth(token), url).await
    }
}

fn manifest(base: &str, path: &str, tag: &str) -> Result<Url, Failure> {
    join(base, &format!("v2/{path}/manifests/{tag}"))
}

fn join(base: &str, path: &str) -> Result<Url, Failure> {
    let host = || base.trim_start_matches("https://").to_owned();
    Url::parse(&format!("{}/{path}", base.trim_end_matches('/')))
        .map_err(|_| Failure::Strange { host: host(), what: "address" })
}

/// The address of a token, from `Bearer realm="…",service="…",scope="…"`.
fn challenge(headers: &HeaderMap) -> Option<Url> {
    let header = headers.get("www-authenticate")?.to_str().ok()?;
    let (scheme, rest) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let value = |key: &str| {
        let start = rest.find(&format!("{key}=\""))? + key.len() + 2;
        rest[start..].split('"').next()
    };
    let mut url = Url::parse(value("realm")?).ok()?;
    let parts = [("service", value("service")), ("scope", value("scope"))];
    url.query_pairs_mut().extend_pairs(parts.iter().filter_map(|(key, value)| value.map(|it| (key, it))));
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_live_where_their_names_say() {
        let registry = Registry { client: crate::pins::vendor::http::client().unwrap(), base: None };
        for (name, base, path) in [
            ("redis", "https://registry-1.docker.io", "library/redis"),
            ("cimg/base", "https://registry-1.docker.io", "cimg/base"),
            ("mcr.microsoft.com/dotnet/sdk", "https://mcr.microsoft.com", "dotnet/sdk"),
            ("localhost:5000/x", "http://localhost:5000", "x"),
        ] {
            assert_eq!(registry.address(name), (base.to_owned(), path.to_owned()));
        }
    }
}
