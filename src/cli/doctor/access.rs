//! Checks of what the run may do: which tokens are there, by name alone, and what forks may.

use super::Check;
use crate::{
    context::{Address, Context, Env},
    id::SystemId,
    systems::{self, Access},
};

pub(super) fn checks(env: &Env, context: &Context) -> Vec<Check> {
    let system = context.system.as_ref().map(|it| it.value);
    let host = context.host.as_ref().zip(context.repository.as_ref()).and_then(|(host, repository)| {
        let address = Address { host: host.value.clone(), path: repository.value.clone() };
        systems::code_host(&address).map(|(id, _)| id)
    });
    let mut asked: Vec<SystemId> = system.into_iter().collect();
    asked.extend(host.filter(|it| Some(*it) != system));
    let mut checks: Vec<Check> = asked.iter().map(|id| token(env, *id, system)).collect();
    let also: Vec<&str> = SystemId::ALL
        .iter()
        .filter(|id| !asked.contains(id))
        .flat_map(|id| systems::get(*id).access().tokens)
        .copied()
        .filter(|name| env.get(name).is_some())
        .collect();
    if !also.is_empty() {
        checks.push(Check::ok("token", format!("also set, but of no use here: {}", also.join(", "))));
    }
    checks.extend(system.and_then(|id| fork(context, &systems::get(id).access())));
    checks
}

fn token(env: &Env, id: SystemId, system: Option<SystemId>) -> Check {
    let Access { tokens, grants, help, .. } = systems::get(id).access();
    let missing: Vec<&str> = tokens.iter().copied().filter(|name| env.get(name).is_none()).collect();
    let title = id.title();
    if missing.is_empty() {
        return Check::ok("token", format!("{} for {title} set: with it, ci-gen {grants}", tokens.join(" and ")));
    }
    let message = format!("{} for {title} not set: with it, ci-gen {grants}", missing.join(" and "));
    match system {
        // Nobody publishes from a machine of their own.
        None => Check::ok("token", message),
        Some(_) => Check::warning("token", message, help),
    }
}

fn fork(context: &Context, access: &Access) -> Option<Check> {
    let fork = context.fork.as_ref()?;
    Some(match (fork.value, access.forks) {
        (true, Some(what)) => Check::warning("fork", "the change comes from a fork", what),
        (true, None) => Check::ok("fork", "the change comes from a fork"),
        (false, _) => Check::ok("fork", "the change comes from the repository itself"),
    })
}

/// Shorter values stand in other words by chance.
const SHORTEST: usize = 6;

/// The text with the values of variables that are called like secrets left out, wherever a system put them.
pub(super) fn hidden(text: &str, env: &Env) -> String {
    let known: Vec<&str> = SystemId::ALL.iter().flat_map(|id| systems::get(*id).access().tokens).copied().collect();
    let secret = |name: &str| {
        let name = name.to_ascii_uppercase();
        let ends = ["TOKEN", "PASSWORD", "PASSWD", "SECRET", "API_KEY", "APIKEY", "PRIVATE_KEY", "ACCESS_KEY"];
        ends.iter().any(|it| name.ends_with(it)) || known.contains(&name.as_str()) && !name.ends_with("_USER")
    };
    let mut values: Vec<&str> =
        env.iter().filter(|(name, value)| secret(name) && value.len() >= SHORTEST).map(|(_, value)| value).collect();
    // What holds another goes first.
    values.sort_by_key(|it| std::cmp::Reverse(it.len()));
    values.iter().fold(text.to_owned(), |text, value| text.replace(value, "***"))
}
