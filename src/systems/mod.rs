//! The eight CI systems: each lowers a plan to its own files and says what it can and cannot do.

mod access;
mod announce;
mod commands;
mod detect;
mod dotnet;
mod feature;
mod generate;
mod image;
mod lowering;
mod outline;
mod overrides;
mod schema;
mod toolchain;
mod variant;

mod azure;
mod bitbucket;
mod circleci;
mod github;
mod gitlab;
mod jenkins;
mod teamcity;
mod travis;

use serde_json::Value;

pub use self::{
    access::Access,
    announce::{Announced, Announcement, Append, Summary},
    detect::{at_named_server, called, code_host, detect, event, files_wanted, repository, Detect, Detected, Wanted},
    feature::{Feature, Reach, Support},
    generate::{generate, prepare, Finding, Generated},
    image::images,
    lowering::Lowering,
    overrides::{Form, Jobs, Language, Native, RawJob, Slot, Slots, Table},
    schema::{document as schema_document, schema},
};
use crate::{context::Env, diag::Place, exec::Guard, id::SystemId, plan::Plan, render::Template};

/// What ci-gen has to know about a CI system.
pub trait System: Sync + Detect {
    /// Where its pipeline lies unless the spec says otherwise, relative to the repository's root.
    fn path(&self) -> &'static str;

    /// Files and directories in which generated files of this system may lie; orphans are looked for there, and with
    /// `/**` behind a directory in everything below it.
    fn places(&self) -> &'static [&'static str];

    /// How far it can do something, in general; details of a spec may still be refused while lowering.
    fn support(&self, feature: Feature) -> Support;

    /// What it would take for commands in the output of tests; nothing unless it says otherwise.
    fn guard(&self) -> Guard {
        Guard::default()
    }

    /// JSON Schema of this system's key in `[runner.NAME]`.
    fn runner_schema(&self) -> Value;

    /// Images that the spec names in this system's own terms, with the place of each.
    fn images(&self, _plan: &Plan) -> Vec<(String, Place)> {
        Vec::new()
    }

    /// How it takes what a spec says in the system's own terms.
    fn native(&self) -> Native;

    /// The templates of its files.
    fn templates(&self) -> Vec<&'static Template>;

    /// What a run tells it in the log and in files, beside the reports; systems without a language for that are told
    /// nothing.
    fn announce(&self, _announced: &Announced<'_>) -> Announcement {
        Announcement::default()
    }

    /// Whether it shows a summary of the job that the run adds to.
    fn has_summary(&self, _env: &Env) -> bool {
        false
    }

    /// Turns a plan into files. What the system cannot do is reported to `out`, never left out in silence.
    fn lower(&self, plan: &Plan, out: &mut Lowering<'_>);
}

/// The system of that id.
pub fn get(id: SystemId) -> &'static dyn System {
    match id {
        SystemId::Github => &github::Github,
        SystemId::Gitlab => &gitlab::Gitlab,
        SystemId::Jenkins => &jenkins::Jenkins,
        SystemId::Azure => &azure::Azure,
        SystemId::Circleci => &circleci::Circleci,
        SystemId::Travis => &travis::Travis,
        SystemId::Bitbucket => &bitbucket::Bitbucket,
        SystemId::Teamcity => &teamcity::Teamcity,
    }
}
