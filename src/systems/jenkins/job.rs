//! One job of the plan as a stage: alone, as a matrix, or as parallel stages, one for each leg.

use std::collections::HashMap;

use super::{
    artifact::{self, Sharing},
    cache, condition,
    kind::{self, Kind},
    matrix::{self, Native},
    runner, service,
    slots::OfJob,
    stage::{Agent, Container, Function, Matrix, Pair, Post, Stage, Step},
    steps,
    value::{self, Value},
};
use crate::{
    plan::{Expr, Job, Leg, Plan, Text},
    spec::Toolchain,
    systems::{
        toolchain::{leg_image, LegImage},
        Lowering,
    },
};

/// A job's stage, and the functions that it calls.
pub(super) struct Lowered {
    pub(super) stage: Stage,
    pub(super) functions: Vec<Function>,
}

/// Lists in Groovy source have at most so many elements, and both `parallel` and `matrix` become one.
///
/// <https://github.com/jenkinsci/pipeline-model-definition-plugin/blob/master/pipeline-model-definition/src/test/java/org/jenkinsci/plugins/pipeline/modeldefinition/BasicModelDefTest.java>
pub(super) const MOST_BRANCHES: usize = 250;
/// What follows the job's name where all its legs are one stage of a matrix.
const LEG: &str = ": leg";

pub(super) const MOST_BRANCHES_SOURCE: &str = "https://issues.jenkins.io/browse/JENKINS-47363";

pub(super) fn lower(plan: &Plan, sharing: &Sharing, job: &Job, out: &mut Lowering<'_>) -> Lowered {
    kind::check(plan, job, out);
    artifact::check(job, out);
    cache::check(job, out);
    steps::check(plan, job, out);
    if job.legs.len() > MOST_BRANCHES {
        let at = job.place.key(if job.matrix.is_some() { "matrix" } else { "shards" });
        let message = format!("{} legs; Jenkins compiles at most {MOST_BRANCHES} side by side", job.legs.len());
        out.limit(&at, message, MOST_BRANCHES_SOURCE);
    }
    let labels: Vec<String> = job.legs.iter().map(|leg| runner::label(plan, leg, out)).collect();
    let body = Body { plan, sharing, job, own: OfJob::new(job, out) };
    let mut lowered = match matrix::native(plan, job, &labels).filter(|_| job.is_parallel()) {
        Some(native) => Lowered { stage: body.matrix(native), functions: Vec::new() },
        None if job.is_parallel() => body.parallel(&labels),
        None => Lowered { stage: body.single(&job.legs[0], &labels[0]), functions: Vec::new() },
    };
    lowered.stage.name = job.name.clone();
    lowered.stage.comment = job.description.clone();
    lowered.stage.when = condition::only(plan, job);
    lowered
}

/// What all legs of a job have in common.
struct Body<'a> {
    plan: &'a Plan,
    sharing: &'a Sharing,
    job: &'a Job,
    /// The spec's own text.
    own: OfJob,
}

/// How one stage differs from the others of its job.
struct Spot {
    name: String,
    kind: Kind,
    label: Value,
    image: Option<Value>,
    environment: Vec<Pair>,
    allow_failure: bool,
}

impl Body<'_> {
    fn single(&self, leg: &Leg, label: &str) -> Stage {
        let kind = Kind::of(self.plan, leg);
        let steps = steps::lower(self.plan, self.job, &kind);
        let post = artifact::post(self.sharing, self.job, &kind, &Value::from(self.job.slug.as_str()));
        let prepare = self.prepare(&kind);
        self.stage(self.spot(leg, kind, label), prepare, steps, post)
    }

    fn matrix(&self, native: Native) -> Stage {
        let steps = steps::lower(self.plan, self.job, &native.kind);
        let post = artifact::post(self.sharing, self.job, &native.kind, &native.leg);
        let prepare = self.prepare(&native.kind);
        let spot = Spot {
            name: format!("{}{LEG}", self.job.name),
            environment: self.environment(&native.kind, None),
            allow_failure: self.job.legs[0].allow_failure,
            kind: native.kind,
            label: native.label,
            image: native.image,
        };
        Stage {
            fail_fast: self.fail_fast(),
            matrix: Some(Matrix {
                cells: self.job.legs.len(),
                axes: native.axes,
                excludes: native.excludes,
                stages: vec![self.stage(spot, prepare, steps, post)],
            }),
            ..Stage::default()
        }
    }

    /// A stage per leg; what legs of one kind do stands once, in functions.
    fn parallel(&self, labels: &[String]) -> Lowered {
        let mut functions = Vec::new();
        let mut words: Vec<(Kind, String)> = Vec::new();
        for group in kind::groups(self.plan, self.job) {
            let kind = Kind::of(self.plan, group.legs[0]);
            let job = self.job.slug.replace('-', "_");
            let word = if group.suffix.is_empty() { job } else { format!("{job}__{}", group.suffix.replace('-', "_")) };
            let which = if group.suffix.is_empty() { String::new() } else { format!(" {kind}") };
            functions.extend(self.functions(&kind, &word, &which));
            words.push((kind, word));
        }
        let mut titles: HashMap<String, usize> = HashMap::new();
        for leg in &self.job.legs {
            *titles.entry(leg.title()).or_default() += 1;
        }
        let mut stages = Vec::new();
        for (leg, label) in self.job.legs.iter().zip(labels) {
            let kind = Kind::of(self.plan, leg);
            let word = words.iter().find(|(it, _)| *it == kind).map_or("", |(_, word)| word);
            let steps = vec![Step::call(format!("steps_{word}"))];
            let prepare = match self.prepare(&kind).is_empty() {
                true => Vec::new(),
                false => vec![Step::call(format!("prepare_{word}"))],
            };
            let post = artifact::post(self.sharing, self.job, &kind, &Value::code("leg")).into_iter().map(|post| {
                let function = format!("{}_{word}", post.outcome);
                let arguments = names_leg(&post.steps).then(|| Value::from(leg.id.as_str())).into_iter().collect();
                match post.outcome {
                    "cleanup" => post,
                    _ => Post { steps: vec![Step::Call { function, arguments }], ..post },
                }
            });
            let post = post.collect();
            let mut spot = self.spot(leg, kind, label);
            let title = Some(leg.title()).filter(|it| !it.is_empty() && titles.get(it) == Some(&1));
            let title = title.unwrap_or_else(|| leg.id.clone());
            spot.name = format!("{} ({title})", self.job.name);
            stages.push(self.stage(spot, prepare, steps, post));
        }
        let environment = shared(&mut stages);
        let stage = Stage { fail_fast: self.fail_fast(), environment, parallel: stages, ..Stage::default() };
        Lowered { stage, functions }
    }

    fn functions(&self, kind: &Kind, word: &str, which: &str) -> Vec<Function> {
        let function = |name: &str, steps: Vec<Step>| Function {
            comment: None,
            name: format!("{name}_{word}"),
            parameters: if names_leg(&steps) { vec!["leg"] } else { Vec::new() },
            steps,
        };
        let mut functions = Vec::new();
        let prepare = self.prepare(kind);
        if !prepare.is_empty() {
            functions.push(function("prepare", prepare));
        }
        functions.push(function("steps", steps::lower(self.plan, self.job, kind)));
        let posts = artifact::post(self.sharing, self.job, kind, &Value::code("leg"));
        let posts = posts.into_iter().filter(|post| post.outcome != "cleanup");
        functions.extend(posts.map(|post| function(post.outcome, post.steps)));
        if let Some(first) = functions.first_mut() {
            first.comment = Some(format!("What the legs of `{}` do{which}.", self.job.name));
        }
        functions
    }

    fn fail_fast(&self) -> bool {
        self.job.matrix.as_ref().is_some_and(|it| it.fail_fast)
    }

    fn spot(&self, leg: &Leg, kind: Kind, label: &str) -> Spot {
        let image = match leg_image(leg) {
            LegImage::Image(image) if kind.contained => Some(Value::from(self.plan.pins.image(&image))),
            _ => None,
        };
        Spot {
            name: self.job.name.clone(),
            label: Value::from(label),
            image,
            environment: self.environment(&kind, Some(leg)),
            allow_failure: leg.allow_failure,
            kind,
        }
    }

    /// `leg` is `None` in a native matrix, which sets the variables of its axes itself.
    fn environment(&self, kind: &Kind, leg: Option<&Leg>) -> Vec<Pair> {
        let (plan, job) = (self.plan, self.job);
        let lower = |text: &Text| {
            let known = text.fill(|expr| kind.known(plan, job, expr).map(Text::literal));
            Value::text(&leg.map_or(known.clone(), |leg| leg.fill(&known)), &value::code)
        };
        let mut pairs: Vec<Pair> = Vec::new();
        if let Some(leg) = leg {
            let values = leg.matrix.iter().filter(|(_, value)| !value.is_empty());
            pairs.extend(
                values.map(|(key, value)| (value::variable(&Expr::Matrix(key.clone())), Value::from(value.as_str()))),
            );
            pairs.extend(leg.shard.map(|it| (value::variable(&Expr::ShardIndex), Value::from(it.index.to_string()))));
        }
        pairs.extend(job.shards.map(|total| (value::variable(&Expr::ShardTotal), Value::from(total.to_string()))));
        if job.checkout.is_some() {
            // The commit is known only behind the checkout, so these cannot stand at the top.
            let global = plan.env.iter().filter(|(name, value)| needs_checkout(value) && !job.env.contains_key(*name));
            pairs.extend(global.map(|(name, value)| (name.clone(), lower(value))));
        }
        pairs.extend(job.env.iter().map(|(name, value)| (name.clone(), lower(value))));
        if let (Some(version), false) = (job.setup.get(&Toolchain::Rust), kind.contained) {
            if kind.toolchains.contains(&Toolchain::Rust) {
                pairs.push(("RUSTUP_TOOLCHAIN".to_owned(), lower(version)));
            }
        }
        pairs.retain(|(name, _)| !value::is_word_of_groovy(name));
        pairs.into_iter().map(|(name, value)| (name, value.for_environment())).collect()
    }

    /// What is done on the machine itself, before the container starts.
    fn prepare(&self, kind: &Kind) -> Vec<Step> {
        let mut steps: Vec<Step> = steps::more_checkout(self.job).into_iter().collect();
        if !kind.services.is_empty() {
            steps.push(service::start(self.plan, kind));
        }
        steps
    }

    /// What needs the machine itself goes into a stage of its own, before the one in the container.
    fn stage(&self, spot: Spot, prepare: Vec<Step>, steps: Vec<Step>, mut post: Vec<Post>) -> Stage {
        let (job, kind) = (self.job, &spot.kind);
        let steps = self.own.around(steps);
        self.own.behind(&mut post);
        let mut stage = Stage {
            name: spot.name.clone(),
            skip_checkout: job.checkout.is_none(),
            allow_failure: spot.allow_failure,
            agent: Some(Agent { label: Some(spot.label), container: None }),
            environment: spot.environment,
            texts: self.own.of_stage(),
            ..Stage::default()
        };
        let has_services = !kind.services.is_empty();
        let Some(image) = spot.image else {
            if has_services {
                post.iter_mut().filter(|it| it.outcome == "cleanup").for_each(|it| it.steps.insert(0, service::stop()));
            }
            return Stage { steps: [prepare, steps].concat(), post, ..stage };
        };
        let mut arguments = Value::from("--user root");
        if has_services {
            arguments = arguments.with(" --network ").with(service::network());
        }
        let container = Some(Container { image, arguments });
        if prepare.is_empty() {
            stage.agent = stage.agent.map(|agent| Agent { container, ..agent });
            return Stage { steps, post, ..stage };
        }
        let name = spot.name.strip_suffix(LEG).unwrap_or(&spot.name);
        let prepare = Stage { name: format!("{name}: prepare"), steps: prepare, ..Stage::default() };
        let inside = Stage {
            name: format!("{name}: run"),
            agent: Some(Agent { label: None, container }),
            steps,
            post,
            ..Stage::default()
        };
        stage.stages = vec![prepare, inside];
        if has_services {
            stage.post = vec![Post { outcome: "cleanup", steps: vec![service::stop(), Step::DeleteDir] }];
        }
        stage
    }
}

/// Takes the variables out that all the stages have alike, unless they come from the agent or its checkout.
fn shared(stages: &mut [Stage]) -> Vec<Pair> {
    let Some((first, others)) = stages.split_first() else { return Vec::new() };
    let everywhere = |pair: &Pair| others.iter().all(|stage| stage.environment.contains(pair));
    let early = |pair: &Pair| !pair.1.mentions("GIT_COMMIT");
    let shared: Vec<Pair> = first
        .environment
        .iter()
        .filter(|pair| !others.is_empty() && early(pair) && everywhere(pair))
        .cloned()
        .collect();
    for stage in stages {
        stage.environment.retain(|pair| !shared.contains(pair));
    }
    shared
}

/// Whether the steps keep artifacts, which every leg does under a name of its own.
fn names_leg(steps: &[Step]) -> bool {
    steps.iter().any(|step| matches!(step, Step::Call { function, .. } if function == "saveArtifact"))
}

/// Whether a value holds the commit.
pub(super) fn needs_checkout(text: &Text) -> bool {
    text.exprs().any(|expr| *expr == Expr::GitSha)
}
