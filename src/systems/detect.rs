//! Which CI system this is, told by its variables, and what they say about the run.
//!
//! Each system reads its own variables in its `detect.rs`; here is the order in which they are asked.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
};

use super::{get, Access};
use crate::{
    context::{Address, Context, Env, Field},
    id::SystemId,
    spec::Event,
};

/// How a CI system tells a job where it is. Every method is a function of what was captured.
pub trait Detect: Sync {
    /// The variable that tells that a job runs here; `None` elsewhere.
    fn marker(&self, env: &Env) -> Option<String>;

    /// What the variables say, whether or not the marker is there.
    fn read(&self, env: &Env) -> Context;

    /// What a run needs to publish there.
    fn access(&self) -> Access;

    /// The directory that the system put the repository in.
    fn workspace(&self, env: &Env) -> Option<String>;

    /// Paths of the files that variables point to and that [`Detect::read`] reads; files may name further files.
    fn files_wanted(&self, _env: &Env) -> Vec<String> {
        Vec::new()
    }

    /// What is wrong with what was captured, each in one line.
    fn faults(&self, _env: &Env) -> Vec<String> {
        Vec::new()
    }

    /// Another system that sets this one's variables, by name; then this one is not here.
    fn double(&self, _env: &Env) -> Option<Field> {
        None
    }

    /// What [`Context::event`] says on an event of the spec; nothing where the system does not tell.
    fn words(&self, _event: Event) -> Vec<&'static str> {
        Vec::new()
    }

    /// The address in the form that this code host shows on the web, if the repository is there.
    fn hosts(&self, _address: &Address) -> Option<Address> {
        None
    }

    /// The repository on the server of one's own that a variable names, from what is known of it otherwise.
    fn on_server(&self, _env: &Env, _known: &Address) -> Option<Field<Address>> {
        None
    }

    /// What people call the repository of that path, where that is something else.
    fn called(&self, _path: &str) -> Option<String> {
        None
    }

    /// Whether the repositories of its jobs lie on the system itself.
    fn keeps_code(&self, _env: &Env) -> bool {
        false
    }

    /// What the run says, if it runs here.
    fn detect(&self, env: &Env) -> Option<Context> {
        self.marker(env).map(|_| self.read(env))
    }
}

/// Which system a user says it is: the flag `--provider` and `CI_GEN_PROVIDER`.
///
/// ```
/// use ci_gen::{systems::Wanted, SystemId};
/// assert_eq!("gitlab".parse(), Ok(Wanted::System(SystemId::Gitlab)));
/// assert!("gitlap".parse::<Wanted>().unwrap_err().contains("did you mean `gitlab`"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The variables tell.
    Auto,
    /// This one.
    System(SystemId),
    /// None: somebody's own machine.
    Local,
}

impl FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, SystemId::from_key(text)) {
            ("auto", _) => Ok(Wanted::Auto),
            ("local", _) => Ok(Wanted::Local),
            (_, Some(id)) => Ok(Wanted::System(id)),
            (_, None) => {
                let keys: Vec<&str> = SystemId::ALL.iter().map(|it| it.key()).chain(["auto", "local"]).collect();
                let near = keys.iter().find(|it| strsim::damerau_levenshtein(it, text) <= 2);
                let guess = near.map(|it| format!("; did you mean `{it}`?")).unwrap_or_default();
                Err(format!("it is none of {}{guess}", keys.join(", ")))
            }
        }
    }
}

/// Where we are, and what is odd about it.
#[derive(Clone, Debug, Default)]
pub struct Detected {
    /// Where we are.
    pub context: Context,
    /// What the user should know, each in one line.
    pub warnings: Vec<String>,
}

/// Which event of a spec started the run, where the system tells.
pub fn event(context: &Context) -> Option<Event> {
    let word = context.event.as_ref()?.value.as_str();
    let system = get(context.system.as_ref()?.value);
    Event::ALL.iter().copied().find(|event| system.words(*event).contains(&word))
}

/// Where we are: what the user says, else the first of the eight whose own variable is there, else another CI system
/// (`CI` is set), else somebody's own machine. `CI=false` disables all but the user's word.
///
/// Where several systems' variables are there, as in a job that starts another system's runner, the one is taken whose
/// workspace holds `directory`, and a warning says so.
///
/// Variables of ci-gen's own go before what a system says: `CI_GEN_HEAD_SHA`, `CI_GEN_BRANCH`, `CI_GEN_TAG`,
/// `CI_GEN_BASE_BRANCH`, `CI_GEN_CHANGE_NUMBER`, `CI_GEN_REPOSITORY`, `CI_GEN_BUILD_ID`, `CI_GEN_BUILD_URL`, and for
/// shards `CI_GEN_SHARD_INDEX` and `CI_GEN_SHARD_TOTAL`. `CI_GEN_SHA` is what rendered pipelines export, the commit that
/// is checked out, which may be a merge: it counts only where nothing else is known.
///
/// ```
/// use std::path::Path;
/// use ci_gen::{context::Env, systems, SystemId};
/// let env = Env::from_iter([("TRAVIS", "true"), ("TRAVIS_PULL_REQUEST", "false"), ("TRAVIS_BRANCH", "main")]);
/// let context = systems::detect(&env, None, Path::new("."))?.context;
/// assert_eq!(context.system.unwrap().value, SystemId::Travis);
/// assert_eq!(context.branch.unwrap().value, "main");
/// assert_eq!(context.change_number, None);
/// # Ok::<(), String>(())
/// ```
///
/// # Errors
/// `CI_GEN_PROVIDER` names no system.
pub fn detect(env: &Env, wanted: Option<Wanted>, directory: &Path) -> Result<Detected, String> {
    let (wanted, source) = match (wanted, env.get("CI_GEN_PROVIDER")) {
        (Some(wanted), _) => (wanted, "--provider"),
        (None, None) => (Wanted::Auto, ""),
        (None, Some(word)) => {
            let wanted = word.parse().map_err(|why| format!("`{word}` in CI_GEN_PROVIDER is no CI system: {why}"))?;
            (wanted, "CI_GEN_PROVIDER")
        }
    };
    let mut detected = Detected::default();
    let found = match wanted {
        Wanted::System(id) => {
            if get(id).marker(env).is_none() {
                detected.warnings.push(format!("{source} says {}, but its variables are not there", id.title()));
            }
            Some(Field::new(id, source))
        }
        Wanted::Local => None,
        Wanted::Auto if is_off(env) => None,
        Wanted::Auto => choose(env, directory, &mut detected.warnings),
    };
    if let Some(system) = found {
        detected.context = get(system.value).read(env);
        detected.warnings.extend(get(system.value).faults(env));
        detected.context.system = Some(system);
    } else if wanted == Wanted::Auto && !is_off(env) {
        let double = SystemId::ALL.iter().find_map(|id| get(*id).double(env));
        let unknown = || env.field("CI").map(|it| it.map(|_| "unknown".to_owned()));
        detected.context.other = double.or_else(unknown);
    }
    normalise(&mut detected.context);
    own_words(env, &mut detected);
    Ok(detected)
}

/// The files that detection reads: [`Env::files`] should hold their texts. As a file may name another, ask
/// again when they are read, until nothing new is wanted.
pub fn files_wanted(env: &Env) -> Vec<String> {
    SystemId::ALL.iter().flat_map(|id| get(*id).files_wanted(env)).collect()
}

/// The code host that a repository lies on, as far as the address tells, and the address as it is on the web there.
pub fn code_host(address: &Address) -> Option<(SystemId, Address)> {
    SystemId::ALL.iter().find_map(|id| get(*id).hosts(address).map(|address| (*id, address)))
}

/// Puts the repository on the server of one's own that a variable names, once all else is known of it. What is surely elsewhere
/// stays there: on the CI system itself, or at another code host that its address tells.
pub fn at_named_server(env: &Env, context: &mut Context) {
    let (repository, host) = match &context.repository {
        Some(repository) => (repository.clone(), context.host.as_ref().map(|it| it.value.clone()).unwrap_or_default()),
        None => return,
    };
    if context.system.as_ref().is_some_and(|it| get(it.value).keeps_code(env)) {
        return;
    }
    let known = Address { host, path: repository.value };
    let told = code_host(&known).map(|(id, _)| id);
    let may_be = |id: &&SystemId| told.is_none_or(|it| it == **id);
    let found = SystemId::ALL.iter().filter(may_be).find_map(|id| get(*id).on_server(env, &known));
    if let Some(Field { value, source }) = found {
        context.host = Some(Field::new(value.host, source));
        context.repository = Some(Field::new(value.path, repository.source));
    }
}

/// What people call a repository.
///
/// ```
/// assert_eq!(ci_gen::systems::called("acme/shop"), "acme/shop");
/// assert_eq!(ci_gen::systems::called("projects/ACME/repos/shop"), "ACME/shop");
/// ```
pub fn called(repository: &str) -> String {
    SystemId::ALL.iter().find_map(|id| get(*id).called(repository)).unwrap_or_else(|| repository.to_owned())
}

/// The repository that a remote points to: the code host's address and `owner/name`, without credentials.
///
/// ```
/// let address = ci_gen::systems::repository("git@ssh.dev.azure.com:v3/acme/shop/web").unwrap();
/// assert_eq!((address.host.as_str(), address.path.as_str()), ("https://dev.azure.com/acme", "shop/web"));
/// ```
pub fn repository(remote: &str) -> Option<Address> {
    let address = Address::parse(remote)?;
    Some(code_host(&address).map_or(address, |(_, address)| address))
}

/// <https://github.com/watson/ci-info#ciisci>: `CI=false` says that this is no CI.
fn is_off(env: &Env) -> bool {
    env.get("CI").is_some_and(|it| it.eq_ignore_ascii_case("false") || it == "0")
}

fn choose(env: &Env, directory: &Path, warnings: &mut Vec<String>) -> Option<Field<SystemId>> {
    let found: Vec<Field<SystemId>> =
        SystemId::ALL.iter().filter_map(|id| get(*id).marker(env).map(|marker| Field::new(*id, marker))).collect();
    let depth = |id: SystemId| {
        let workspace = get(id).workspace(env).map(|it| expand(&it, env))?;
        directory.starts_with(&workspace).then(|| workspace.components().count())
    };
    // The deepest workspace is the innermost system's; without any, the first.
    let mut best: Option<(&Field<SystemId>, Option<usize>)> = None;
    for field in &found {
        let depth = depth(field.value);
        if best.is_none_or(|(_, deepest)| depth > deepest) {
            best = Some((field, depth));
        }
    }
    let (chosen, depth) = best?;
    if found.len() > 1 {
        let names: Vec<&str> = found.iter().map(|it| it.value.title()).collect();
        let why = if depth.is_some() { "its workspace holds this directory" } else { "it comes first" };
        let names = names.join(" and of ");
        let chosen = chosen.value;
        warnings.push(format!("variables of {names} are there; {} is taken, because {why}", chosen.title()));
    }
    Some(chosen.clone())
}

fn expand(path: &str, env: &Env) -> PathBuf {
    match (path.strip_prefix("~"), env.get("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(format!("{home}{rest}")),
        _ => PathBuf::from(path),
    }
}

/// What is no fact although a system says it.
fn normalise(context: &mut Context) {
    let zeros = |field: &Field| field.value.chars().all(|it| it == '0');
    for sha in [&mut context.head_sha, &mut context.tested_sha, &mut context.base_sha] {
        if sha.as_ref().is_some_and(zeros) {
            *sha = None;
        }
    }
    if context.tested_sha.as_ref().map(|it| &it.value) == context.head_sha.as_ref().map(|it| &it.value) {
        context.tested_sha = None;
    }
    // A single machine is no shard; systems number it all the same.
    let counted = matches!((&context.shard_index, &context.shard_total), (Some(index), Some(total))
        if total.value > 1 && (1..=total.value).contains(&index.value));
    if !counted {
        context.shard_index = None;
        context.shard_total = None;
    }
    if context.change_number.as_ref().is_some_and(|it| it.value == 0) {
        context.change_number = None;
    }
}

/// The variables of ci-gen's own.
fn own_words(env: &Env, detected: &mut Detected) {
    let context = &mut detected.context;
    // Where the pipeline had to take a ref apart it exports that too; the names it made are no user's word.
    let derived = env.get("CI_GEN_REF").is_some();
    for (place, name) in [
        (&mut context.head_sha, "CI_GEN_HEAD_SHA"),
        (&mut context.base_branch, "CI_GEN_BASE_BRANCH"),
        (&mut context.repository, "CI_GEN_REPOSITORY"),
        (&mut context.build_id, "CI_GEN_BUILD_ID"),
    ] {
        *place = env.field(name).or(place.take());
    }
    for (place, name) in [(&mut context.branch, "CI_GEN_BRANCH"), (&mut context.tag, "CI_GEN_TAG")] {
        *place = match derived {
            false => env.field(name).or(place.take()),
            true => place.take().or(env.field(name)),
        };
    }
    context.build_url = env.field("CI_GEN_BUILD_URL").map(Field::page).or(context.build_url.take());
    if context.head_sha.is_none() && context.tested_sha.is_none() {
        context.head_sha = env.field("CI_GEN_SHA");
    }
    let mut number = |name: &str| {
        let field = env.field(name)?;
        let number = field.clone().number::<u32>().filter(|it| it.value > 0);
        if number.is_none() {
            detected.warnings.push(format!("{name} is `{}`, which is no number from 1 on", field.value));
        }
        number
    };
    if let Some(change) = number("CI_GEN_CHANGE_NUMBER") {
        context.change_number = Some(change.map(u64::from));
    }
    match (number("CI_GEN_SHARD_INDEX"), number("CI_GEN_SHARD_TOTAL")) {
        (Some(index), Some(total)) if index.value <= total.value => {
            context.shard_index = Some(index);
            context.shard_total = Some(total);
        }
        (Some(index), Some(total)) => detected
            .warnings
            .push(format!("CI_GEN_SHARD_INDEX is {}, but CI_GEN_SHARD_TOTAL is only {}", index.value, total.value)),
        (None, None) => {}
        _ => detected.warnings.push("CI_GEN_SHARD_INDEX and CI_GEN_SHARD_TOTAL count only together".to_owned()),
    }
}
