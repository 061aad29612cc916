//! Addresses of repositories and pages, taken apart; credentials in them are left behind.

/// Where a repository is: the code host's address and the repository's path there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// `https://github.com`, without a path and without credentials.
    pub host: String,
    /// `owner/name`, without `.git`.
    pub path: String,
}

/// Words before the number in the address of a pull or merge request.
const CHANGES: &[&str] = &["pull", "pulls", "pull-requests", "pullrequest", "merge_requests"];

impl Address {
    /// Takes the address of a remote apart, in each form that Git knows; a path on the same machine is `None`.
    ///
    /// ```
    /// use ci_gen::context::Address;
    /// let address = Address::parse("https://ada:secret@github.com/acme/shop.git").unwrap();
    /// assert_eq!((address.host.as_str(), address.path.as_str()), ("https://github.com", "acme/shop"));
    /// assert_eq!(Address::parse("git@github.com:acme/shop.git"), Some(address));
    /// assert_eq!(Address::parse("../shop"), None);
    /// ```
    pub fn parse(url: &str) -> Option<Address> {
        let url = url.trim();
        let (scheme, authority, path) = match url.split_once("://") {
            Some((scheme, rest)) => {
                let (authority, path) = rest.split_once('/')?;
                (scheme.to_ascii_lowercase(), authority, path)
            }
            // `user@host:path`, the form of ssh; a drive of Windows is a single letter.
            None => {
                let (authority, path) = url.split_once(':')?;
                if authority.contains(['/', '\\']) || authority.len() < 2 {
                    return None;
                }
                ("ssh".to_owned(), authority, path)
            }
        };
        let machine = authority.rsplit('@').next()?.to_ascii_lowercase();
        let host = match scheme.as_str() {
            "http" | "https" => format!("{scheme}://{machine}"),
            // The port of ssh says nothing about that of the web.
            "ssh" | "git" | "git+ssh" => format!("https://{}", machine.split(':').next()?),
            _ => return None,
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']');
        let path = path.split(['?', '#']).next()?.trim_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path);
        // An `@` behind the host is the rest of a password that holds a slash.
        let fine = !machine.is_empty() && machine.chars().all(plain) && !path.is_empty() && !path.contains('@');
        fine.then(|| Address { host, path: path.to_owned() })
    }

    /// The repository and the number in the address of a pull or merge request.
    ///
    /// ```
    /// use ci_gen::context::Address;
    /// let (address, number) = Address::of_change("https://gitlab.com/acme/web/shop/-/merge_requests/12").unwrap();
    /// assert_eq!((address.path.as_str(), number), ("acme/web/shop", 12));
    /// ```
    pub fn of_change(url: &str) -> Option<(Address, u64)> {
        let Address { host, path } = Address::parse(url)?;
        let segments: Vec<&str> = path.split('/').collect();
        let at = segments.windows(2).rposition(|it| CHANGES.contains(&it[0]) && it[1].parse::<u64>().is_ok())?;
        let number = segments[at + 1].parse().ok()?;
        let repository = segments[..at].strip_suffix(&["-"]).unwrap_or(&segments[..at]);
        (!repository.is_empty()).then(|| (Address { host, path: repository.join("/") }, number))
    }
}

/// The address of a page as it was given, without the name and password before the host.
///
/// ```
/// use ci_gen::context::without_credentials;
/// assert_eq!(without_credentials("https://ada:secret@ci.example.com/job/a@2/"), "https://ci.example.com/job/a@2/");
/// ```
pub fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let machine = authority.rsplit('@').next().unwrap_or(authority);
    format!("{scheme}://{machine}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(url: &str) -> Option<(String, String)> {
        Address::parse(url).map(|it| (it.host, it.path))
    }

    #[test]
    fn every_form_of_a_remote() {
        let expect = |host: &str, path: &str| Some((host.to_owned(), path.to_owned()));
        for (url, expected) in [
            ("https://x-access-token:t0ken@github.com/a/b", expect("https://github.com", "a/b")),
            ("http://user@Git.Example.com:8080/a/b.git/", expect("http://git.example.com:8080", "a/b")),
            ("ssh://git@git.example.com:7999/proj/repo.git", expect("https://git.example.com", "proj/repo")),
            ("git@bitbucket.org:a/b.git", expect("https://bitbucket.org", "a/b")),
            ("host.example:a/b", expect("https://host.example", "a/b")),
            ("https://user:pa/ss@github.com/a/b", None),
            ("file:///srv/git/a.git", None),
            ("/srv/git/a.git", None),
            ("C:\\git\\a", None),
            ("https://github.com", None),
            ("https://github.com/", None),
            ("", None),
        ] {
            assert_eq!(parts(url), expected, "{url}");
        }
    }

    #[test]
    fn changes_of_every_code_host() {
        for (url, path, number) in [
            ("https://github.com/a/b/pull/5", "a/b", 5),
            ("https://github.com/a/b/pull/5/files", "a/b", 5),
            ("https://bitbucket.org/a/b/pull-requests/6", "a/b", 6),
            ("https://git.example.com/projects/P/repos/r/pull-requests/7", "projects/P/repos/r", 7),
            ("https://gitlab.com/a/pull/b/-/merge_requests/8", "a/pull/b", 8),
            ("https://dev.azure.com/org/project/_git/repo/pullrequest/9", "org/project/_git/repo", 9),
        ] {
            let (address, found) = Address::of_change(url).unwrap();
            assert_eq!((address.path.as_str(), found), (path, number), "{url}");
        }
        assert_eq!(Address::of_change("https://github.com/a/b"), None);
        assert_eq!(Address::of_change("https://github.com/pull/5"), None);
    }
}
