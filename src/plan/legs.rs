//! The legs of a job: matrix times shards, each with its runner, image, services and a stable id.

use indexmap::{IndexMap, IndexSet};

use super::{builder::Builder, matrix, registry::slug, Combination, Expr, Leg, Matrix, Part, Plan, Shard, Text};
use crate::{
    diag::{Diagnostic, Place},
    spec::{self, Flag, Scalar, Toolchain},
};

/// More legs than this are a mistake on every system, and expanding them would take for ever.
const MOST_LEGS: usize = 10_000;

/// Keys that the generated matrices need for themselves.
const RESERVED_AXES: &[&str] = &["shard", "runs-on", "leg"];

/// What the legs of one job are made from.
pub(super) struct Expansion<'a> {
    pub(super) slug: String,
    pub(super) place: &'a Place,
    pub(super) matrix: Option<&'a Matrix>,
    pub(super) shards: Option<u32>,
    pub(super) runner: &'a Text,
    pub(super) image: Option<&'a Text>,
    pub(super) setup: &'a IndexMap<Toolchain, Text>,
    pub(super) services: &'a [(Text, Place)],
    pub(super) allow_failure: &'a Option<Flag>,
    pub(super) allow_failure_axis: Option<&'a str>,
}

/// Resolves `[job.NAME.matrix]` and reports what cannot be meant.
pub(super) fn matrix(builder: &mut Builder<'_>, matrix: &spec::Matrix, at: &Place) -> Matrix {
    let mut axes: IndexMap<String, Vec<String>> = IndexMap::new();
    for (axis, values) in &matrix.axes {
        let place = at.key(axis);
        check_key(builder, axis, &place);
        if axes.keys().any(|it| variable(it) == variable(axis)) {
            let message = format!("the axis `{axis}` would share its environment variable with another");
            builder.diagnostics.push(Diagnostic::error("duplicate", place.clone(), message).on_key());
        }
        if values.as_slice().is_empty() {
            let help = "give it values, or remove it".to_owned();
            builder.error("matrix-empty-axis", place.clone(), format!("the axis `{axis}` has no values"), Some(help));
        }
        let mut texts: Vec<String> = Vec::new();
        for (index, value) in values.as_slice().iter().enumerate() {
            let place = values.place(&place, index);
            let text = literal(builder, value, &place);
            if texts.contains(&text) {
                builder.error("duplicate", place, format!("the axis `{axis}` has `{text}` twice"), None);
            } else {
                texts.push(text);
            }
        }
        axes.insert(axis.clone(), texts);
    }
    if axes.is_empty() && matrix.include.as_ref().is_none_or(Vec::is_empty) {
        let help = "add an axis such as `python = [\"3.12\", \"3.13\"]`, or `include`".to_owned();
        builder.error("matrix-empty", at.clone(), "the matrix has no axis", Some(help));
    }
    let include = entries(builder, &matrix.include, &at.key("include"));
    for (index, entry) in include.iter().enumerate() {
        for key in entry.keys().filter(|key| !axes.contains_key(*key)) {
            check_key(builder, key, &at.key("include").index(index).key(key));
        }
    }
    let resolved = Matrix {
        exclude: entries(builder, &matrix.exclude, &at.key("exclude")),
        axes,
        include,
        fail_fast: matrix.fail_fast.unwrap_or(false),
        max_parallel: matrix.max_parallel,
    };
    check_excludes(builder, &resolved, &at.key("exclude"));
    resolved
}

fn entries(builder: &mut Builder<'_>, list: &Option<Vec<IndexMap<String, Scalar>>>, at: &Place) -> Vec<Combination> {
    let mut entries = Vec::new();
    for (index, entry) in list.iter().flatten().enumerate() {
        let at = at.index(index);
        if entry.is_empty() {
            builder.error("matrix-empty-entry", at.clone(), "the entry names no value", None);
        }
        let values = entry.iter().map(|(key, value)| (key.clone(), literal(builder, value, &at.key(key))));
        entries.push(values.collect());
    }
    entries
}

/// Matrix values are plain text: they are known before anything else is.
fn literal(builder: &mut Builder<'_>, value: &Scalar, at: &Place) -> String {
    let text = builder.literal(&value.text(), at);
    if text.chars().any(|c| c.is_control()) {
        let help = "put long text into `env` or a file".to_owned();
        builder.error(
            "control-character",
            at.clone(),
            "a matrix value must be one line without control characters",
            Some(help),
        );
    }
    text
}

fn check_key(builder: &mut Builder<'_>, key: &str, at: &Place) {
    let valid = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let (message, help) = if RESERVED_AXES.contains(&key) {
        (format!("`{key}` is reserved: ci-gen needs that key in the matrices it writes"), "choose another name")
    } else if !valid {
        let help = "use letters, digits, `_` and `-`, beginning with a letter";
        (format!("`{key}` cannot be the name of an axis"), help)
    } else {
        return;
    };
    builder.diagnostics.push(Diagnostic::error("axis-name", at.clone(), message).on_key().help(help));
}

fn variable(axis: &str) -> Option<String> {
    Expr::Matrix(axis.to_owned()).variable()
}

fn check_excludes(builder: &mut Builder<'_>, resolved: &Matrix, at: &Place) {
    if resolved.product_size() > MOST_LEGS {
        return;
    }
    let product = resolved.product();
    for (index, exclude) in resolved.exclude.iter().enumerate() {
        let at = at.index(index);
        let mut known = true;
        for key in exclude.keys().filter(|key| !resolved.axes.contains_key(*key)) {
            known = false;
            if key == "shard" {
                let help = "shards share one list of tests: without one of them its tests would never run";
                let message = "an exclude cannot name the shard axis";
                builder.diagnostics.push(Diagnostic::error("exclude-shard", at.key(key), message).on_key().help(help));
            } else {
                let message = format!("the exclude names `{key}`, which is no axis");
                let axes = resolved.axes.keys().map(String::as_str);
                builder
                    .diagnostics
                    .push(Diagnostic::error("unknown-axis", at.key(key), message).on_key().suggest(key, axes));
            }
        }
        if known && !exclude.is_empty() && !product.iter().any(|it| matrix::matches(exclude, it)) {
            let help = "no combination has these values; correct or remove the entry".to_owned();
            builder.error("exclude-matches-nothing", at, "the exclude matches nothing", Some(help));
        }
    }
}

/// Expands a job; never empty, so that what comes after can rely on it.
pub(super) fn expand(
    builder: &mut Builder<'_>,
    plan: &Plan,
    ids: &mut IndexSet<String>,
    expansion: &Expansion<'_>,
) -> Vec<Leg> {
    let shards = expansion.shards.unwrap_or(1) as usize;
    let size = expansion.matrix.map_or(1, |it| it.product_size() + it.include.len());
    let matrix_at = expansion.place.key("matrix");
    let mut combinations = vec![Combination::new()];
    if size.saturating_mul(shards) > MOST_LEGS {
        let at = if expansion.matrix.is_some() { matrix_at } else { expansion.place.key("shards") };
        let message = format!("the job would have {} legs", size.saturating_mul(shards));
        builder.error("too-many-legs", at, message, Some(format!("no system runs more than {MOST_LEGS}")));
        return vec![leg(expansion, Combination::new(), None)];
    } else if let Some(matrix) = expansion.matrix {
        combinations = matrix.combinations();
        if combinations.is_empty() && !matrix.axes.values().any(Vec::is_empty) && !matrix.axes.is_empty() {
            let help = "remove an exclude".to_owned();
            builder.error("exclude-empties-matrix", matrix_at.key("exclude"), "the excludes leave no leg", Some(help));
        }
        let mut seen: IndexSet<Vec<(&String, &String)>> = IndexSet::new();
        for combination in &combinations {
            if !seen.insert(combination.iter().collect()) {
                let words: Vec<&str> = combination.values().map(String::as_str).collect();
                let message = format!("two legs would be the same: {}", words.join(", "));
                builder.error("duplicate", matrix_at.key("include"), message, None);
            }
        }
        if combinations.is_empty() {
            combinations = vec![Combination::new()];
        }
    }
    let mut legs = Vec::new();
    for combination in combinations {
        for index in 1..=expansion.shards.unwrap_or(1) {
            let shard = expansion.shards.map(|total| Shard { index, total });
            let mut leg = leg(expansion, combination.clone(), shard);
            let wanted = id(&expansion.slug, &leg);
            let single = expansion.matrix.is_none() && expansion.shards.is_none();
            leg.id = if single { wanted } else { unique(ids, wanted) };
            legs.push(leg);
        }
    }
    check(builder, plan, expansion, &mut legs);
    legs
}

fn leg(expansion: &Expansion<'_>, matrix: Combination, shard: Option<Shard>) -> Leg {
    let mut leg = Leg {
        id: expansion.slug.clone(),
        matrix,
        runner: String::new(),
        image: None,
        setup: IndexMap::new(),
        services: Vec::new(),
        allow_failure: matches!(expansion.allow_failure, Some(Flag::Fixed(true))),
        shard,
    };
    let fill = |text: &Text| leg.fill(text).as_literal().unwrap_or_default().to_owned();
    let runner = fill(expansion.runner);
    let image = expansion.image.map(fill).filter(|image| !image.is_empty());
    let setup = expansion.setup.iter().map(|(toolchain, version)| (*toolchain, fill(version)));
    let setup = setup.filter(|(_, version)| !version.is_empty()).collect();
    let services = expansion.services.iter().map(|(text, _)| fill(text)).filter(|name| !name.is_empty()).collect();
    let allow_failure = leg.allow_failure || expansion.allow_failure_axis.is_some_and(|axis| leg.value(axis) == "true");
    leg.runner = runner;
    leg.image = image;
    leg.setup = setup;
    leg.services = services;
    leg.allow_failure = allow_failure;
    leg
}

fn id(job: &str, leg: &Leg) -> String {
    let mut words = vec![job.to_owned()];
    words.extend(leg.matrix.values().map(|value| slug(value)).filter(|word| !word.is_empty()));
    words.extend(leg.shard.map(|shard| shard.index.to_string()));
    words.join("-")
}

/// `wanted`, with a number behind it if somebody has it already.
fn unique(ids: &mut IndexSet<String>, wanted: String) -> String {
    let mut id = wanted.clone();
    let mut number = 2;
    while !ids.insert(id.clone()) {
        id = format!("{wanted}-{number}");
        number += 1;
    }
    id
}

/// Looks up what legs name.
fn check(builder: &mut Builder<'_>, plan: &Plan, expansion: &Expansion<'_>, legs: &mut [Leg]) {
    let mut seen = Seen::new();
    let at = expansion.place;
    check_single(builder, expansion.runner, &at.key("runner"), "runner");
    for (service, place) in expansion.services {
        check_single(builder, service, place, "service");
    }
    for leg in legs {
        let place = value_place(expansion, expansion.runner, leg, &at.key("runner"));
        if !plan.runners.contains_key(&leg.runner) && seen.insert((place.clone(), leg.runner.clone())) {
            let message = match leg.runner.is_empty() {
                true => format!("the leg `{}` has no runner", leg.id),
                false => format!("there is no runner `{}`", leg.runner),
            };
            let known = plan.runners.keys().map(String::as_str);
            builder.diagnostics.push(Diagnostic::error("unknown-runner", place, message).suggest(&leg.runner, known));
        }
        for (text, at) in expansion.services {
            let name = leg.fill(text).as_literal().unwrap_or_default().to_owned();
            let place = value_place(expansion, text, leg, at);
            if !name.is_empty() && !plan.services.contains_key(&name) && seen.insert((place.clone(), name.clone())) {
                let known: Vec<&str> = plan.services.keys().map(String::as_str).collect();
                let diagnostic = Diagnostic::error("unknown-service", place, format!("there is no service `{name}`"));
                let diagnostic = match known.is_empty() {
                    true => diagnostic.help(format!("add `[service.{name}]` with an `image`")),
                    false => diagnostic.suggest(&name, known),
                };
                builder.diagnostics.push(diagnostic);
            }
        }
        let mut services: Vec<String> = Vec::new();
        for name in leg.services.drain(..).filter(|name| plan.services.contains_key(name)) {
            if services.contains(&name) {
                let place = at.key("services");
                if seen.insert((place.clone(), name.clone())) {
                    builder.error("duplicate", place, format!("the service `{name}` is listed twice"), None);
                }
            } else {
                services.push(name);
            }
        }
        check_ports(builder, plan, &services, &at.key("services"), &mut seen);
        leg.services = services;
        check_images(builder, leg, at, &mut seen);
        if let Some(axis) = expansion.allow_failure_axis {
            let value = leg.value(axis).to_owned();
            let place = at.key("allow-failure");
            if !matches!(value.as_str(), "" | "true" | "false") && seen.insert((place.clone(), value.clone())) {
                let message = format!("`{axis}` is `{value}`, which is neither `true` nor `false`");
                builder.error("wrong-type", place, message, None);
            }
        }
    }
}

/// On most systems a job reaches all its services on one host, so each port can be there once.
fn check_ports(builder: &mut Builder<'_>, plan: &Plan, services: &[String], at: &Place, seen: &mut Seen) {
    let mut taken: IndexMap<u16, &String> = IndexMap::new();
    for name in services {
        for port in plan.services.get(name).iter().flat_map(|it| &it.ports) {
            let Some(other) = taken.insert(*port, name) else { continue };
            if seen.insert((at.clone(), format!("{other} {name} {port}"))) {
                let message = format!("the services `{other}` and `{name}` both listen on port {port}");
                let help = "a job reaches its services on one host; let one of them listen on another port".to_owned();
                builder.error("service-port", at.clone(), message, Some(help));
            }
        }
    }
}

/// An image or version that no registry could have would only fail on the system.
fn check_images(builder: &mut Builder<'_>, leg: &Leg, at: &Place, seen: &mut Seen) {
    let odd = |text: &str, allowed: &str| text.chars().find(|c| !c.is_ascii_alphanumeric() && !allowed.contains(*c));
    let image = leg.image.iter().map(|image| (image, at.key("image"), "image", "._/:@-"));
    let versions =
        leg.setup.iter().map(|(it, version)| (version, at.key("setup").key(it.key()), "version", "._+*/^~<>=-"));
    for (text, place, what, allowed) in image.chain(versions) {
        if let Some(c) = odd(text, allowed).filter(|_| seen.insert((place.clone(), text.clone()))) {
            let message = format!("`{text}` is no {what}: it holds {c:?}");
            builder.error("image", place, message, Some(format!("letters, digits and `{allowed}` are possible")));
        }
    }
}

/// What was reported already, by place.
type Seen = IndexSet<(Place, String)>;

/// Runners and services are looked up by name, so their text is a name or one value, nothing composed.
fn check_single(builder: &mut Builder<'_>, text: &Text, at: &Place, what: &str) {
    if text.parts.len() > 1 {
        let help = format!("write the name of a {what}, or one `{{{{ matrix.NAME }}}}` that holds it");
        builder.error("composed-name", at.clone(), format!("the name of a {what} cannot be put together"), Some(help));
    }
}

/// Where a leg's value was written: in the axis, in an include, or where it is used.
fn value_place(expansion: &Expansion<'_>, text: &Text, leg: &Leg, used_at: &Place) -> Place {
    let ([Part::Expr(Expr::Matrix(axis))], Some(matrix)) = (text.parts.as_slice(), expansion.matrix) else {
        return used_at.clone();
    };
    let at = expansion.place.key("matrix");
    let value = leg.value(axis);
    let in_axis = matrix.axes.get(axis).and_then(|values| values.iter().position(|it| it == value));
    let in_include = || matrix.include.iter().position(|entry| entry.get(axis).is_some_and(|it| it == value));
    match in_axis {
        Some(index) => at.key(axis).index(index),
        None => in_include().map_or_else(|| used_at.clone(), |index| at.key("include").index(index).key(axis)),
    }
}
