//! Which build configurations a job becomes.

use std::collections::HashSet;

use indexmap::IndexMap;

use super::{name::Names, runner, text};
use crate::{
    plan::{Combination, Expr, Job, Leg, Plan, Text},
    spec::{Concurrency, Os},
    systems::{
        toolchain::{self, LegImage},
        variant::{as_product, variants},
        Lowering,
    },
};

/// The build configurations of a job.
pub(super) struct Shape<'a> {
    pub(super) groups: Vec<Group<'a>>,
    /// What other builds depend on: the only group itself, else a composite build over all of them.
    pub(super) target: String,
    pub(super) composite: bool,
    /// Whether every leg may fail.
    pub(super) may_fail: bool,
}

/// Legs that are built by one description.
pub(super) struct Group<'a> {
    pub(super) identifier: String,
    /// The Kotlin object that holds the build configurations of a class; empty for other forms.
    pub(super) list: String,
    pub(super) legs: Vec<&'a Leg>,
    pub(super) form: Form,
}

/// How the legs of a group become builds.
pub(super) enum Form {
    /// One leg, one build configuration.
    Single,
    /// TeamCity's own matrix: values by parameter, and the directory of each leg's artifacts.
    Matrix { axes: Vec<(String, Vec<String>)>, directory: Text },
    /// A class with one build configuration per leg.
    Class,
}

/// Everything that cannot differ between the legs of one description.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    runner: String,
    container: bool,
    services: Vec<String>,
    toolchains: Vec<&'static str>,
}

pub(super) fn of<'a>(plan: &Plan, job: &'a Job, names: &mut Names, out: &mut Lowering<'_>) -> Shape<'a> {
    let variants = variants(
        job,
        |leg| Key {
            runner: leg.runner.clone(),
            container: in_container(plan, leg),
            services: leg.services.clone(),
            toolchains: leg.setup.keys().map(|it| it.key()).collect(),
        },
        |leg| leg.runner.clone(),
    );
    let single = variants.len() == 1;
    let mut target = names.of(&job.slug, "");
    let groups: Vec<Group<'a>> = variants
        .into_iter()
        .map(|variant| {
            let matrix = if single { matrix(plan, job, &variant.legs) } else { None };
            let form = match (matrix, variant.legs.len()) {
                (Some(matrix), _) => matrix,
                (None, 1) => Form::Single,
                (None, _) => Form::Class,
            };
            let identifier = match (&form, single) {
                (Form::Class, _) => names.of(&job.slug, &format!("{} leg", variant.suffix)),
                (_, true) => target.clone(),
                (_, false) => names.of(&job.slug, &variant.suffix),
            };
            let list = match form {
                Form::Class => names.of(&job.slug, &format!("{} legs", variant.suffix)),
                Form::Single | Form::Matrix { .. } => String::new(),
            };
            Group { identifier, list, legs: variant.legs, form }
        })
        .collect();
    let composite = !single || matches!(groups[0].form, Form::Class);
    if !composite {
        target.clone_from(&groups[0].identifier);
    }
    check_size(job, &groups, out);
    Shape { groups, target, composite, may_fail: job.legs.iter().all(|leg| leg.allow_failure) }
}

/// Whether the leg runs in a container: on Linux, when it names an image or a toolchain.
pub(super) fn in_container(plan: &Plan, leg: &Leg) -> bool {
    runner::os(plan, leg) == Os::Linux && toolchain::leg_image(leg) != LegImage::None
}

/// TeamCity's matrix, where it gives exactly these legs and everything about the job means the same in it.
///
/// The build above the generated ones counts the time of all of them and of what they need as its own, gets neither
/// `reverse.dep` parameters nor a verdict per leg, and does not limit them, so such jobs are spelt out:
/// <https://www.jetbrains.com/help/teamcity/matrix-build.html>
fn matrix(plan: &Plan, job: &Job, legs: &[&Leg]) -> Option<Form> {
    let simple = job.is_parallel()
        && job.timeout.is_none()
        && job.concurrency == Concurrency::Parallel
        && job.matrix.as_ref().is_none_or(|it| it.max_parallel.is_none())
        && job.only.inputs.is_empty()
        && !uses_inputs(plan, job)
        && legs.iter().all(|leg| leg.allow_failure == legs[0].allow_failure)
        && (toolchain::image_text(job, legs).is_some()
            || legs.iter().all(|leg| toolchain::leg_image(leg) == LegImage::None));
    if !simple {
        return None;
    }
    let mut combinations = Vec::new();
    for leg in legs {
        let mut combination: Combination = IndexMap::new();
        for key in job.matrix_keys() {
            combination.insert(key.clone(), leg.matrix.get(&key)?.clone());
        }
        combination.extend(leg.shard.map(|shard| (String::new(), shard.index.to_string())));
        combinations.push(combination);
    }
    let product = as_product(&combinations)?;
    // A value may have a label in front, and blanks around it are lost.
    let plain = |value: &String| !value.is_empty() && value.trim() == value && !value.contains("=>");
    if !product.values().flatten().all(plain) {
        return None;
    }
    let expr = |key: &String| match key.is_empty() {
        true => Expr::ShardIndex,
        false => Expr::Matrix(key.clone()),
    };
    let mut directory = Text::default();
    for key in product.keys() {
        if !directory.is_empty() {
            directory.push_lit("-");
        }
        directory.push_expr(expr(key));
    }
    let names: HashSet<String> =
        legs.iter().filter_map(|leg| leg.fill(&directory).as_literal().map(str::to_owned)).collect();
    let safe = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let named = names.len() == legs.len() && names.iter().all(|it| it.chars().all(safe) && !it.starts_with('.'));
    if !job.artifacts.is_empty() && !named {
        return None;
    }
    let axes = product.iter().map(|(key, values)| {
        let variable = expr(key).variable().unwrap_or_default();
        (format!("env.{variable}"), values.iter().map(|it| text::escape(it)).collect())
    });
    Some(Form::Matrix { axes: axes.collect(), directory })
}

fn uses_inputs(plan: &Plan, job: &Job) -> bool {
    let env = plan.env_of(job);
    let texts = job.commands.iter().chain(&job.install).chain(env.values());
    let mut exprs = texts.flat_map(Text::exprs);
    exprs.any(|expr| matches!(expr, Expr::Input(_)))
}

/// The list of a class's legs compiles into one method, and a method has at most 65535 bytes; a text and what is done
/// with it takes up to 16 of them.
fn check_size(job: &Job, groups: &[Group<'_>], out: &mut Lowering<'_>) {
    for group in groups.iter().filter(|it| matches!(it.form, Form::Class)) {
        let texts = 4 + 2 * (job.matrix_keys().len() + 2);
        let most = 65_535 / (16 * texts);
        if group.legs.len() > most {
            let at = job.place.key(if job.matrix.is_some() { "matrix" } else { "shards" });
            let message = format!("{} legs; Kotlin can list {most} such legs in one file", group.legs.len());
            out.limit(&at, message, "https://docs.oracle.com/javase/specs/jvms/se17/html/jvms-4.html#jvms-4.7.3");
        }
    }
}
