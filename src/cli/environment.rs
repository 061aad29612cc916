//! The environment of the process, read once: variables, the files they point to, and what Git knows.

use std::{collections::BTreeSet, env, fs, io::Read, path::Path};

use super::git::{self, Git};
use crate::{
    context::{Context, Env, Field},
    report::{Run, Shard},
    systems::{self, Detected, Wanted},
};

/// Payloads of events have 25 MB at most:
/// <https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap>
const LARGEST: u64 = 32 << 20;
/// A file names a second one; nothing goes deeper.
const ROUNDS: usize = 3;

/// Every variable of the process, and the texts of the files that detection reads.
///
/// A file that cannot be read is noted in [`Env::unreadable`], never an error.
pub(super) fn capture() -> Env {
    let lossy = |it: std::ffi::OsString| it.to_string_lossy().into_owned();
    let mut env: Env = env::vars_os().map(|(name, value)| (lossy(name), lossy(value))).collect();
    for _ in 0..ROUNDS {
        let known = |path: &String| env.files.contains_key(path) || env.unreadable.contains_key(path);
        let wanted: BTreeSet<String> = systems::files_wanted(&env).into_iter().filter(|it| !known(it)).collect();
        for path in wanted {
            match read(Path::new(&path)) {
                Ok(text) => env.files.insert(path, text),
                Err(why) => env.unreadable.insert(path, why),
            };
        }
    }
    env
}

/// Where we are, told by the variables and, where they are silent, by Git in the current directory.
///
/// `provider` is the value of `--provider`; without it `CI_GEN_PROVIDER` counts. Nobody waits for a network here.
///
/// # Errors
/// A sentence for the user: `CI_GEN_PROVIDER` names no system. The command line is wrong then ([`super::exit::USAGE`]).
pub(super) fn context(env: &Env, provider: Option<Wanted>) -> Result<Detected, String> {
    let here = env::current_dir().and_then(dunce::canonicalize).unwrap_or_default();
    let mut detected = systems::detect(env, provider, &here)?;
    if let Some(git) = Git::of(&here) {
        complete(&mut detected.context, &git);
    }
    systems::at_named_server(env, &mut detected.context);
    Ok(detected)
}

/// The part of a report that says where a run takes place; when it started and how it ended is the caller's to add.
#[allow(dead_code, reason = "`ci-gen run` fills its report with it")]
pub(super) fn run(context: &Context) -> Run {
    let text = |field: &Option<Field>| field.as_ref().map(|it| it.value.clone());
    let shard = context.shard_index.as_ref().zip(context.shard_total.as_ref());
    Run {
        id: text(&context.build_id).unwrap_or_default(),
        attempt: context.build_attempt.as_ref().map_or(1, |it| it.value),
        system: provider(context).value,
        repository: text(&context.repository),
        head_sha: text(&context.head_sha),
        tree_sha: text(&context.tree_sha),
        branch: text(&context.branch),
        base: text(&context.base_branch),
        change_number: context.change_number.as_ref().map(|it| it.value),
        job: text(&context.job),
        shard: shard.map(|(index, total)| Shard { index: index.value, total: total.value }),
        url: text(&context.build_url),
        ..Run::default()
    }
}

/// The system's key, the name of another system or `unknown`, or `local`, and what told so.
pub(super) fn provider(context: &Context) -> Field {
    let known = context.system.as_ref().map(|it| Field::new(it.value.key().to_owned(), it.source.clone()));
    known.or_else(|| context.other.clone()).unwrap_or_else(|| Field::new("local".to_owned(), "no CI system"))
}

/// The text of a file: UTF-8, else Latin-1, which properties of Java are in.
fn read(path: &Path) -> Result<String, String> {
    // What is no file (a pipe, a device) might never end.
    let is_file = fs::metadata(path).map_err(|error| error.to_string())?.is_file();
    if !is_file {
        return Err("it is no file".to_owned());
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(|error| error.to_string())?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > LARGEST {
        return Err(format!("it has more than {LARGEST} bytes"));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    Ok(match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|it| char::from(*it)).collect(),
    })
}

/// Fills in what no variable says.
fn complete(context: &mut Context, git: &Git) {
    let from_git = |value: &String| Field::new(value.clone(), "git");
    context.tree_sha = git.tree.as_ref().map(from_git);
    let remote = git.remote.as_deref().and_then(systems::repository);
    if let Some(address) = remote {
        context.repository.get_or_insert_with(|| from_git(&address.path));
        context.host.get_or_insert_with(|| from_git(&address.host));
    }
    // A change or a tag has a branch of its own or none; what is checked out is called by any name.
    if context.change_number.is_none() && context.tag.is_none() && context.branch.is_none() {
        context.branch = git.branch.as_ref().map(from_git);
    }
    let Some(head) = &git.head else { return };
    match (&context.head_sha, &context.tested_sha) {
        (None, None) => context.head_sha = Some(from_git(head)),
        // Some systems give the first characters.
        (Some(short), _) if short.value.len() < head.len() && head.starts_with(&short.value) => {
            context.head_sha = Some(Field::new(head.clone(), format!("{}, completed by git", short.source)));
        }
        _ => {}
    }
    // The commit that the system gives may be a merge that it made of the change.
    let given = context.head_sha.as_ref().or(context.tested_sha.as_ref());
    let is_head = given.is_some_and(|it| &it.value == head) && context.change_number.is_some();
    if let Some(merged) = git.commit.as_deref().and_then(git::head_of_merge).filter(|_| is_head) {
        context.tested_sha = Some(from_git(head));
        context.head_sha = Some(Field::new(merged, "git, the change's side of the merge"));
    }
}
