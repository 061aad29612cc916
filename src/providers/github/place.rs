//! Where things are published: the address of the API, the repository, and what the token is.

use super::Setting;

/// What kind of token it is, as its first characters say.
///
/// <https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// Somebody's personal token, or that of an OAuth app.
    Personal,
    /// Any other one, such as that of a job.
    Other,
}

impl Token {
    pub(super) fn of(token: &str) -> Self {
        match ["ghp_", "github_pat_", "gho_"].iter().any(|it| token.starts_with(it)) {
            true => Token::Personal,
            false => Token::Other,
        }
    }

    /// Whether check runs can be made with it: that is for GitHub Apps alone, <https://docs.github.com/rest/checks/runs>
    pub(super) fn makes_checks(self) -> bool {
        self == Token::Other
    }
}

/// The two parts of `OWNER/NAME`.
pub(super) fn repository(name: &str) -> Option<(&str, &str)> {
    let (owner, name) = name.split_once('/')?;
    let plain = |it: &str| !it.is_empty() && !it.contains('/') && !matches!(it, "." | "..");
    (plain(owner) && plain(name)).then_some((owner, name))
}

/// The address of the API: what the user says, what GitHub's own variable says, what follows from the code host's address,
/// or that of github.com.
///
/// Servers: <https://docs.github.com/enterprise-server/rest/using-the-rest-api/getting-started-with-the-rest-api>,
/// ghe.com: <https://docs.github.com/enterprise-cloud@latest/rest/using-the-rest-api/getting-started-with-the-rest-api>
pub(super) fn address(setting: &Setting<'_>) -> String {
    let said = setting.api.or_else(|| setting.env.get("GITHUB_API_URL")).map(str::to_owned);
    said.unwrap_or_else(|| of_host(setting.context.host.as_ref().map(|it| it.value.as_str())))
}

fn of_host(host: Option<&str>) -> String {
    let host = host.unwrap_or("https://github.com").trim_end_matches('/');
    let (scheme, name) = host.split_once("://").unwrap_or(("https", host));
    match name {
        "github.com" | "www.github.com" => "https://api.github.com".to_owned(),
        name if name.ends_with(".ghe.com") => format!("https://api.{name}"),
        name => format!("{scheme}://{name}/api/v3"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_host_has_its_api() {
        for (host, api) in [
            (None, "https://api.github.com"),
            (Some("https://github.com"), "https://api.github.com"),
            (Some("https://octocorp.ghe.com/"), "https://api.octocorp.ghe.com"),
            (Some("https://git.example.com"), "https://git.example.com/api/v3"),
            (Some("http://git.example.com:8080"), "http://git.example.com:8080/api/v3"),
        ] {
            assert_eq!(of_host(host), api);
        }
    }

    #[test]
    fn repositories_have_two_parts() {
        assert_eq!(repository("acme/shop"), Some(("acme", "shop")));
        for name in ["acme", "acme/", "/shop", "acme/a/b", "acme/..", ""] {
            assert_eq!(repository(name), None, "{name}");
        }
    }

    #[test]
    fn tokens_tell_what_they_are() {
        for personal in ["ghp_1", "github_pat_1", "gho_1"] {
            assert!(!Token::of(personal).makes_checks(), "{personal}");
        }
        for other in ["ghs_1", "ghu_1", "0123456789abcdef", "v1.0"] {
            assert!(Token::of(other).makes_checks(), "{other}");
        }
    }
}
