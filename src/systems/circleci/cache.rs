//! Caches keyed by lock files.

use super::{
    expression, files,
    native::Native,
    step::{run, RestoreCache, SaveCache, Step},
};
use crate::{
    plan::{Cache, Text},
    systems::Lowering,
};

/// The steps before and after the commands.
///
/// <https://circleci.com/docs/guides/optimize/caching/>
pub(super) fn lower(native: &Native<'_>, cache: &Cache, out: &mut Lowering<'_>) -> (Vec<Step>, Step) {
    let plan = native.plan;
    if let Some(path) = cache.paths.iter().find(|path| !files::is_single(path)) {
        let path = path.write(str::to_owned, |expr| format!("{{{{ {expr} }}}}"));
        let message = format!("CircleCI caches directories, not what matches `{path}`");
        out.refuse(&cache.place.key("path"), message, "name the directory");
    }
    let mut prefix = format!("{}-{{{{ arch }}}}-", cache.name);
    for part in native.job.setup.values().chain(&cache.path_values()) {
        prefix.push_str(&expression::text(plan, part));
        prefix.push('-');
    }
    let mut before = Vec::new();
    // A checksum is of one file, and its name is quoted in the key.
    let quotable = |key: &Text| {
        files::is_single(key)
            && !key.parts.iter().any(|it| matches!(it, crate::plan::Part::Lit(it) if it.contains('"')))
    };
    let checksum = if cache.keys.iter().all(quotable) {
        let sums = cache.keys.iter().map(|key| format!("{{{{ checksum \"{}\" }}}}", expression::text(plan, key)));
        sums.collect::<Vec<_>>().join("-")
    } else {
        let scratch = native.host.scratch();
        let file = format!("{scratch}/{}.key", cache.name);
        let command = format!("mkdir -p {scratch}\n{}", files::concatenate(native, &cache.keys, &file));
        let key = Step::from(run(format!("Key of cache {}", cache.name), native.helper(&command, &cache.keys)));
        before.push(key.named("cache-key"));
        format!("{{{{ checksum \"{file}\" }}}}")
    };
    let key = format!("{prefix}{checksum}");
    let restore = RestoreCache { name: format!("Restore cache {}", cache.name), candidates: vec![key.clone(), prefix] };
    before.push(Step { restore_cache: Some(restore), ..Step::default() }.named("cache"));
    let paths = cache.paths.iter().map(|path| expression::text(plan, path)).collect();
    let save = SaveCache { name: format!("Save cache {}", cache.name), key, paths };
    (before, Step { save_cache: Some(save), ..Step::default() }.named("cache-save"))
}
