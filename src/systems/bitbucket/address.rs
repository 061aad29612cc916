//! Addresses of repositories at Bitbucket: in Cloud, and on servers of one's own.
//!
//! A server has its repositories at `/scm/KEY/NAME` over HTTP and at `/KEY/NAME` over SSH, and shows them at
//! `/projects/KEY/repos/NAME`, a person's own at `/users/NAME/repos/NAME`; the whole server may lie behind a path. The path of
//! such a repository is written as on its page everywhere here, so that it is known again.
//!
//! <https://github.com/jenkinsci/bitbucket-branch-source-plugin/issues/813>,
//! <https://developer.atlassian.com/server/bitbucket/rest/v905/intro/>

use crate::context::{without_credentials, Address, Env};

/// Cloud, the only one of its kind.
pub(super) const CLOUD: &str = "https://bitbucket.org";
/// The variable that names a server.
pub(super) const SERVER: &str = "BITBUCKET_URL";

/// The address as on the web, if it is one of Bitbucket's: by the host's name, or by a path that no other code host has.
pub(super) fn hosted(address: &Address) -> Option<Address> {
    let name = address.host.split("://").nth(1)?;
    if matches!(name, "bitbucket.org" | "altssh.bitbucket.org") {
        return Some(Address { host: CLOUD.to_owned(), path: address.path.clone() });
    }
    let is_named = name.split('/').next().is_some_and(|it| it.contains("bitbucket"));
    let (before, project, slug) = match (told(&address.path), pair(&address.path)) {
        (Some(parts), _) => parts,
        (None, Some((project, slug))) if is_named => (String::new(), project, slug),
        _ => return None,
    };
    Some(Address { host: format!("{}{before}", address.host), path: path(&project, &slug) })
}

/// The repository on the server that the variable names, from all that is known of the repository.
pub(super) fn on_server(env: &Env, known: &Address) -> Option<Address> {
    let named = without_credentials(env.get(SERVER)?.trim());
    let server = named.split(['?', '#']).next()?.trim_end_matches('/');
    let server = server.split("/rest/").next()?.trim_end_matches("/rest");
    let (scheme, name) = server.split_once("://")?;
    let machine = name.split('/').next()?;
    let is_cloud = |machine: &str| machine == "bitbucket.org" || machine.ends_with(".bitbucket.org");
    if !matches!(scheme, "http" | "https") || machine.is_empty() || is_cloud(machine) || known.host == CLOUD {
        return None;
    }
    let (project, slug) = told(&known.path).map(|(_, project, slug)| (project, slug)).or_else(|| pair(&known.path))?;
    Some(Address { host: server.to_owned(), path: path(&project, &slug) })
}

/// What people call the repository of a server.
pub(super) fn called(path: &str) -> Option<String> {
    match path.split('/').collect::<Vec<_>>().as_slice() {
        ["projects", project, "repos", slug] => Some(format!("{project}/{slug}")),
        _ => None,
    }
}

/// The parts of a path that only a server has: what stands before it, with a slash in front, the project and the name.
fn told(path: &str) -> Option<(String, String, String)> {
    let segments: Vec<&str> = path.split('/').collect();
    let (before, project, slug) = match segments.as_slice() {
        [before @ .., "projects", project, "repos", slug] => (before, (*project).to_owned(), slug),
        [before @ .., "users", person, "repos", slug] => (before, format!("~{person}"), slug),
        [before @ .., "scm", project, slug] => (before, (*project).to_owned(), slug),
        _ => return None,
    };
    let before: String = before.iter().map(|it| format!("/{it}")).collect();
    Some((before, project, (*slug).to_owned()))
}

fn pair(path: &str) -> Option<(String, String)> {
    let (project, slug) = path.split_once('/')?;
    (!slug.contains('/')).then(|| (project.to_owned(), slug.to_owned()))
}

/// Keys of projects are in capitals, and in the addresses of clones they are not.
fn path(project: &str, slug: &str) -> String {
    match project.starts_with('~') {
        true => format!("projects/{project}/repos/{slug}"),
        false => format!("projects/{}/repos/{slug}", project.to_ascii_uppercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(address: Option<Address>) -> Option<(String, String)> {
        address.map(|it| (it.host, it.path))
    }

    fn expect(host: &str, path: &str) -> Option<(String, String)> {
        Some((host.to_owned(), path.to_owned()))
    }

    #[test]
    fn every_form_is_known_and_known_again() {
        let own = |project: &str| format!("projects/{project}/repos/shop");
        for (remote, expected) in [
            ("git@bitbucket.org:acme/shop.git", expect("https://bitbucket.org", "acme/shop")),
            ("https://git.example.com/scm/acme/shop.git", expect("https://git.example.com", &own("ACME"))),
            (
                "https://ada@git.example.com:8443/scm/~ada/shop.git",
                expect("https://git.example.com:8443", &own("~ada")),
            ),
            ("http://git.example.com/a/b/scm/acme/shop.git", expect("http://git.example.com/a/b", &own("ACME"))),
            ("https://git.example.com/projects/ACME/repos/shop", expect("https://git.example.com", &own("ACME"))),
            ("https://git.example.com/x/users/ada/repos/shop", expect("https://git.example.com/x", &own("~ada"))),
            (
                "ssh://git@bitbucket.example.com:7999/acme/shop.git",
                expect("https://bitbucket.example.com", &own("ACME")),
            ),
            ("ssh://git@git.example.com:7999/acme/shop.git", None),
            ("https://git.example.com/acme/bitbucket", None),
            ("https://git.example.com/scm/repo/acme/shop", None),
            ("https://bitbucket.example.com/a/b/c", None),
        ] {
            let found = Address::parse(remote).and_then(|it| hosted(&it));
            assert_eq!(parts(found.clone()), expected, "{remote}");
            assert_eq!(found.clone().and_then(|it| hosted(&it)), found, "{remote}");
            let own = found.filter(|it| it.host != CLOUD).and_then(|it| called(&it.path));
            assert!(own.is_none_or(|it| matches!(it.as_str(), "ACME/shop" | "~ada/shop")), "{remote}");
        }
    }

    #[test]
    fn a_variable_names_the_server() {
        let known = Address::parse("ssh://git@git.example.com:7999/~ada/shop.git").unwrap();
        let on = |server: &str| parts(on_server(&Env::from_iter([(SERVER, server)]), &known));
        let path = "projects/~ada/repos/shop";
        for server in ["https://code.example.com/bb", "https://ada:secret@code.example.com/bb/rest/api/1.0/?x=1"] {
            assert_eq!(on(server), expect("https://code.example.com/bb", path), "{server}");
        }
        for server in ["", "code.example.com", "ftp://code.example.com", "https://", "https://api.bitbucket.org/2.0"] {
            assert_eq!(on(server), None, "{server}");
        }
        let scm = Address { path: "bb/scm/acme/shop".to_owned(), ..known };
        let env = Env::from_iter([(SERVER, "https://code.example.com")]);
        assert_eq!(parts(on_server(&env, &scm)), expect("https://code.example.com", "projects/ACME/repos/shop"));
    }
}
