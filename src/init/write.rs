//! The text of a spec, as a person would lay it out: short forms, aligned keys, comments that say where from.

use super::{targets::Outline, text::one_line, versions::Versions, Cache, FoundService, Job, Package};
use crate::systems;

/// Longer lines are broken into one element per line.
const WIDTH: usize = 110;
/// Keys that move to `[defaults]` when every job has them with the same value.
const SHARED: &[&str] = &["setup", "image", "install", "cache", "env"];

/// A key of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    key: String,
    value: String,
    comment: String,
}

impl Entry {
    fn new(key: impl Into<String>, value: impl Into<String>) -> Self {
        Entry { key: key.into(), value: value.into(), comment: String::new() }
    }

    fn from(mut self, comment: &str) -> Self {
        self.comment = one_line(comment);
        self
    }
}

/// A table with the comments above it.
struct Table {
    header: String,
    remarks: Vec<String>,
    entries: Vec<Entry>,
}

pub(super) fn spec(outline: &Outline) -> String {
    let mut text = String::from("# Drafted by `ci-gen init` from what is in this repository. Read it, change what is wrong, then `ci-gen render`.\n");
    let keys: Vec<String> = outline.targets.iter().map(|id| id.key().to_owned()).collect();
    let top = [Entry::new("schema", "1"), Entry::new("targets", list(&keys)).from(&outline.targets_from)];
    text.push_str(&entries(&top));
    for it in &outline.refused {
        text.push_str(&format!("# {} is left out: {}\n", it.system.key(), one_line(&it.why)));
    }
    for it in outline.existing.iter().filter(|it| it.is_stuck && outline.targets.contains(&it.system)) {
        let usual = systems::get(it.system).path();
        text.push_str(&format!(
            "# {} reads only {usual}, which is here already, so `render` refuses to overwrite it.\n\
             # Look at `ci-gen render --stdout`; when you are content with it, move the old file away.\n",
            it.system.title()
        ));
    }
    let mut tables = vec![Table {
        header: "on".to_owned(),
        remarks: Vec::new(),
        entries: vec![
            Entry::new("push", format!("{{ branches = [{}] }}", quoted(&outline.branch.name)))
                .from(outline.branch.from),
            Entry::new("pull-request", "true"),
        ],
    }];
    let used = |name: &str| {
        outline.findings.packages.iter().flat_map(|it| &it.jobs).any(|job| job.services.iter().any(|it| it == name))
    };
    tables.extend(outline.findings.services.iter().filter(|it| used(&it.name)).map(service));
    tables.extend(caches(&outline.findings.packages));
    let mut jobs: Vec<(Table, Vec<Table>)> = Vec::new();
    for (package, names) in outline.findings.packages.iter().zip(&outline.names) {
        jobs.extend(package.jobs.iter().zip(names).map(|(it, name)| job(package, it, name)));
    }
    let mut shared = vec![Entry::new("timeout", quoted("60m"))];
    if jobs.len() > 1 {
        for key in SHARED {
            let of = |table: &Table| table.entries.iter().find(|it| it.key == *key).cloned();
            let first = of(&jobs[0].0);
            if let Some(entry) =
                first.filter(|it| jobs.iter().all(|(table, _)| of(table).is_some_and(|own| own.value == it.value)))
            {
                jobs.iter_mut().for_each(|(table, _)| table.entries.retain(|it| it.key != *key));
                shared.push(entry);
            }
        }
    }
    tables.push(Table { header: "defaults".to_owned(), remarks: Vec::new(), entries: shared });
    for (table, more) in jobs {
        tables.push(table);
        tables.extend(more);
    }
    if outline.findings.packages.is_empty() {
        tables.push(to_fill_in());
    }
    tables.extend(outline.existing.iter().filter(|it| outline.targets.contains(&it.system)).filter_map(|it| {
        let path = it.aside.as_ref()?;
        Some(Table {
            header: format!("target.{}", it.system.key()),
            remarks: vec![
                format!(
                    "{} is here already and was not written by ci-gen, so `render` refuses",
                    systems::get(it.system).path()
                ),
                "to overwrite it: the new pipeline goes to another path, to be tried out. When you are".to_owned(),
                "content with it, remove the old file and this table.".to_owned(),
            ],
            entries: vec![Entry::new("path", quoted(path))],
        })
    }));
    for table in tables {
        text.push('\n');
        for remark in &table.remarks {
            text.push_str(&format!("# {}\n", one_line(remark)));
        }
        text.push_str(&format!("[{}]\n{}", table.header, entries(&table.entries)));
    }
    text
}

/// The job of a spec for a repository in which nothing was recognised.
fn to_fill_in() -> Table {
    Table {
        header: "job.test".to_owned(),
        remarks: vec![
            "Nothing was recognised here. Fill in how the tests run:".to_owned(),
            "  setup   = { python = \"3.14\" }          also node, rust, go, java, dotnet, ruby, php".to_owned(),
            "  install = \"pip install -r requirements.txt\"".to_owned(),
            "  test    = \"pytest --junitxml=results/tests.xml\"".to_owned(),
            "  results = \"results/*.xml\"".to_owned(),
        ],
        entries: vec![Entry::new(
            "test",
            quoted("echo 'no tests yet: fill in the job `test` of ci-gen.toml' && exit 1"),
        )],
    }
}

fn service(found: &FoundService) -> Table {
    let service = &found.service;
    let mut entries = vec![Entry::new("image", quoted(&service.image)).from(&found.from)];
    if let Some(env) = &service.env {
        let pairs: Vec<(String, String)> = env.iter().map(|(key, value)| (key.clone(), value.text())).collect();
        entries.push(Entry::new("env", inline(&pairs)));
    }
    let ports: Vec<String> = service.port.iter().flat_map(|it| it.as_slice()).map(|it| it.0.to_string()).collect();
    entries.extend(ports.first().map(|it| Entry::new("port", it.clone())));
    entries.extend(service.ready.as_ref().map(|it| Entry::new("ready", quoted(it))));
    let command: Vec<String> = service.command.iter().flat_map(|it| it.as_slice()).cloned().collect();
    if !command.is_empty() {
        entries.push(Entry::new("command", list(&command)));
    }
    Table { header: format!("service.{}", found.name), remarks: Vec::new(), entries }
}

/// Caches by name, with the lock files of every package that uses them.
fn caches(packages: &[Package]) -> Vec<Table> {
    let mut merged: Vec<Cache> = Vec::new();
    for cache in packages.iter().flat_map(|it| &it.caches) {
        match merged.iter_mut().find(|it| it.name == cache.name) {
            Some(known) => {
                let new = |list: &[String], more: &[String]| -> Vec<String> {
                    more.iter().filter(|it| !list.contains(it)).cloned().collect()
                };
                known.paths.extend(new(&known.paths, &cache.paths));
                known.keys.extend(new(&known.keys, &cache.keys));
            }
            None => merged.push(cache.clone()),
        }
    }
    let table = |it: Cache| Table {
        header: format!("cache.{}", it.name),
        remarks: Vec::new(),
        entries: vec![Entry::new("path", one_or_many(&it.paths)), Entry::new("key", one_or_many(&it.keys))],
    };
    merged.into_iter().map(table).collect()
}

/// The table of a job, and those below it.
fn job(package: &Package, job: &Job, name: &str) -> (Table, Vec<Table>) {
    let axis = package.toolchain.key();
    let mut entries = Vec::new();
    let mut more = Vec::new();
    entries.extend(job.description.as_ref().map(|it| Entry::new("description", quoted(it))));
    if let Some(versions) = &job.versions {
        let version = match versions.values.as_slice() {
            [one] => one.clone(),
            _ => {
                more.push(axis_table(name, axis, versions));
                format!("{{{{ matrix.{axis} }}}}")
            }
        };
        let from = if versions.values.len() > 1 { "" } else { &versions.from };
        entries.push(match job.image {
            Some(image) => Entry::new("image", quoted(&format!("{image}{version}"))).from(from),
            None => Entry::new("setup", format!("{{ {axis} = {} }}", quoted(&version))).from(from),
        });
    }
    if !job.install.is_empty() {
        let entry = Entry::new("install", one_or_many(&job.install));
        entries.push(entry.from(job.install_from.as_deref().unwrap_or_default()));
    }
    entries.push(Entry::new(if job.is_test { "test" } else { "run" }, one_or_many(&job.commands)));
    let results: Vec<String> = job.results.iter().map(|it| below(&package.directory, it)).collect();
    if !results.is_empty() {
        entries.push(Entry::new("results", one_or_many(&results)));
    }
    let caches: Vec<String> = job.caches.iter().map(|it| (*it).to_owned()).collect();
    if !caches.is_empty() {
        entries.push(Entry::new("cache", one_or_many(&caches)));
    }
    if !job.services.is_empty() {
        entries.push(Entry::new("services", one_or_many(&job.services)));
    }
    if !job.env.is_empty() {
        let line = inline(&job.env);
        match line.len() > WIDTH {
            false => entries.push(Entry::new("env", line)),
            true => {
                let pairs = job.env.iter().map(|(key, value)| Entry::new(key, quoted(value)));
                more.push(Table { header: format!("job.{name}.env"), remarks: Vec::new(), entries: pairs.collect() });
            }
        }
    }
    if !package.directory.is_empty() {
        entries.push(Entry::new("working-directory", quoted(&package.directory)));
    }
    (Table { header: format!("job.{name}"), remarks: job.remarks.clone(), entries }, more)
}

fn axis_table(job: &str, axis: &str, versions: &Versions) -> Table {
    let entry = Entry::new(axis, list(&versions.values)).from(&versions.from);
    Table { header: format!("job.{job}.matrix"), remarks: Vec::new(), entries: vec![entry] }
}

/// A path of a package, from the repository's root.
fn below(directory: &str, path: &str) -> String {
    if directory.is_empty() {
        path.to_owned()
    } else {
        format!("{directory}/{path}")
    }
}

/// Lines with their `=` below each other.
fn entries(entries: &[Entry]) -> String {
    let width = entries.iter().map(|it| it.key.len()).max().unwrap_or(0);
    let mut text = String::new();
    for Entry { key, value, comment } in entries {
        let first = value.lines().next().unwrap_or_default().len();
        let comment = match comment.is_empty() {
            true => String::new(),
            // Behind a long line nobody sees it.
            // It repeats what stands before it.
            false if value.contains(comment.as_str()) => String::new(),
            false if value.contains('\n') => {
                text.push_str(&format!("{key:width$} = {}\n", value.replacen('\n', &format!("  # {comment}\n"), 1)));
                continue;
            }
            false if width + 3 + first + comment.len() > WIDTH => {
                text.push_str(&format!("# {comment}\n"));
                String::new()
            }
            false => format!("  # {comment}"),
        };
        text.push_str(&format!("{key:width$} = {value}{comment}\n"));
    }
    text
}

fn one_or_many(values: &[String]) -> String {
    match values {
        [one] => quoted(one),
        many => list(many),
    }
}

fn list(values: &[String]) -> String {
    let elements: Vec<String> = values.iter().map(|it| quoted(it)).collect();
    let line = format!("[{}]", elements.join(", "));
    match line.len() > WIDTH - 20 {
        false => line,
        true => format!("[\n{}]", elements.iter().map(|it| format!("  {it},\n")).collect::<String>()),
    }
}

/// An inline table whose keys need no quotes.
fn inline(pairs: &[(String, String)]) -> String {
    let pairs: Vec<String> = pairs.iter().map(|(key, value)| format!("{key} = {}", quoted(value))).collect();
    format!("{{ {} }}", pairs.join(", "))
}

/// A TOML string: literal where that saves escapes.
fn quoted(text: &str) -> String {
    let awkward = text.contains(['"', '\\']);
    if awkward && !text.contains('\'') && !text.chars().any(char::is_control) {
        return format!("'{text}'");
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
