//! The client and the providers of a run, from its variables.

use std::{path::PathBuf, time::Duration};

use super::arguments::PublishArguments;
use crate::{
    cli::run::place::Place,
    context::{Address, Context, Env},
    net::{Client, Config, Mode, Secrets},
    providers::{Provider, Registry, Setting},
    publish::Unavailable,
    systems,
};

/// Variables with files of certificates to trust beside the system's: ours, GitLab's for its own server, and Node's, which
/// many machines set for all tools. `SSL_CERT_FILE` and `SSL_CERT_DIR` stand for the system's own.
///
/// <https://docs.gitlab.com/ci/variables/predefined_variables/>, <https://nodejs.org/api/cli.html#node_extra_ca_certsfile>
const CERTIFICATES: &[&str] = &["CI_GEN_CA_FILE", "CI_SERVER_TLS_CA_FILE", "NODE_EXTRA_CA_CERTS"];

/// Everything that must not be seen: what variables say by their names, and every token that some system asks for.
pub(in crate::cli::run) fn secrets(env: &Env) -> Secrets {
    let mut secrets = Secrets::of_variables(env.iter());
    let tokens = crate::SystemId::ALL.iter().flat_map(|id| systems::get(*id).access().tokens);
    secrets.add(tokens.filter(|name| !name.ends_with("_USER")).filter_map(|name| env.get(name)));
    secrets
}

/// # Errors
/// A file of certificates that is none.
pub(super) fn client(arguments: &PublishArguments, env: &Env) -> Result<Client, String> {
    let mode = if arguments.dry_run { Mode::Dry } else { Mode::Wire };
    let certificates = CERTIFICATES.iter().filter_map(|name| env.get(name)).map(PathBuf::from);
    // Files that other tools need are no fault of ours when they are missing.
    let certificates = certificates
        .filter(|path| Some(path.as_os_str()) == env.get(CERTIFICATES[0]).map(AsRef::as_ref) || path.is_file());
    Client::new(Config {
        mode,
        secrets: secrets(env),
        deadline: Duration::from_secs(arguments.publish_timeout),
        certificates: certificates.collect(),
        ..Config::default()
    })
}

/// The providers that could publish here, in the order in which they are asked: that of the code host, then that of the
/// CI system; and those that cannot be made, with the reason.
pub(super) fn providers(
    place: &Place,
    context: &Context,
    client: &Client,
) -> (Vec<Box<dyn Provider>>, Vec<Unavailable>) {
    let registry = Registry::builtin();
    let known = registry.available();
    let system = context.system.as_ref().map(|it| it.value.key());
    let names: Vec<&str> = match place.is_local() {
        true => vec!["local"],
        false => {
            let mut names: Vec<&str> = code_host(context).into_iter().chain(system).collect();
            names.dedup();
            names.retain(|it| known.contains(it));
            names
        }
    };
    // The address of the one API that the CI system has; where it has none, that of the code host.
    let own = system.filter(|it| names.contains(it)).or(names.first().copied());
    let mut providers = Vec::new();
    let mut unavailable = Vec::new();
    for name in names {
        let api = place.env.get("CI_GEN_API_URL").filter(|_| own == Some(name));
        match registry.create(name, &Setting { env: &place.env, context, client, api }) {
            Ok(provider) => providers.push(provider),
            Err(error) => unavailable.push(Unavailable { name: name.to_owned(), error }),
        }
    }
    (providers, unavailable)
}

/// The provider of the code host that the repository lies on.
fn code_host(context: &Context) -> Option<&'static str> {
    let (host, path) = (context.host.as_ref()?, context.repository.as_ref()?);
    let address = Address { host: host.value.clone(), path: path.value.clone() };
    systems::code_host(&address).map(|(id, _)| id.key())
}
