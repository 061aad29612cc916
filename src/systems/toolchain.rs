//! Toolchains where a system has no set-up of its own: official images, or a check of what the machine has.

use crate::{
    diag::Place,
    plan::{Job, Leg, Plan, Text},
    spec::{Shell, Toolchain},
};

/// The official image of a toolchain, as text before and behind the version.
///
/// Names and tags: <https://hub.docker.com/u/library>, <https://hub.docker.com/_/eclipse-temurin>,
/// <https://mcr.microsoft.com/product/dotnet/sdk>.
fn image_parts(toolchain: Toolchain) -> (&'static str, &'static str) {
    match toolchain {
        Toolchain::Python => ("python:", ""),
        Toolchain::Node => ("node:", ""),
        Toolchain::Rust => ("rust:", ""),
        Toolchain::Go => ("golang:", ""),
        Toolchain::Java => ("eclipse-temurin:", ""),
        Toolchain::Dotnet => ("mcr.microsoft.com/dotnet/sdk:", ""),
        Toolchain::Ruby => ("ruby:", ""),
        Toolchain::Php => ("php:", "-cli"),
    }
}

/// The official image of a toolchain in some version.
fn image(toolchain: Toolchain, version: &str) -> String {
    match (toolchain, version) {
        // The official Rust images are tagged by number only.
        (Toolchain::Rust, "stable") => "rust:latest".to_owned(),
        (Toolchain::Rust, "nightly") => "rustlang/rust:nightly".to_owned(),
        _ => {
            let (before, behind) = image_parts(toolchain);
            format!("{before}{version}{behind}")
        }
    }
}

/// The container image in which a leg finds what it needs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum LegImage {
    /// The job asks for none.
    None,
    /// The job's own image, else the official one of its only toolchain.
    Image(String),
    /// Several toolchains and no image of its own: no official image has them all.
    Several,
}

/// The container image in which a leg finds what it needs.
pub(super) fn leg_image(leg: &Leg) -> LegImage {
    if let Some(image) = &leg.image {
        return LegImage::Image(image.clone());
    }
    let mut toolchains = leg.setup.iter();
    match (toolchains.next(), toolchains.next()) {
        (None, _) => LegImage::None,
        (Some((toolchain, version)), None) => LegImage::Image(image(*toolchain, version)),
        (Some(_), Some(_)) => LegImage::Several,
    }
}

/// One text that gives every one of the legs its [`leg_image`], matrix values still in it.
///
/// `None` where no single text does (a leg without an image, versions such as `stable` that have a tag of another
/// name): then the legs' images have to be told apart in some other way.
pub(super) fn image_text(job: &Job, legs: &[&Leg]) -> Option<Text> {
    let text = match (&job.image, job.setup.iter().next()) {
        (Some(image), _) => image.clone(),
        (None, Some((toolchain, version))) => {
            let (before, behind) = image_parts(*toolchain);
            let mut text = Text::literal(before);
            text.push(version);
            text.push_lit(behind);
            text
        }
        (None, None) => return None,
    };
    let gives =
        |leg: &&Leg| leg_image(leg) == LegImage::Image(leg.fill(&text).as_literal().unwrap_or_default().to_owned());
    if legs.iter().all(gives) {
        return Some(text);
    }
    let first = leg_image(legs.first()?);
    match first {
        LegImage::Image(image) if legs.iter().all(|leg| leg_image(leg) == LegImage::Image(image.clone())) => {
            Some(Text::literal(image))
        }
        _ => None,
    }
}

/// [`image_text`] with its digest, where no value is in it and the digest is known.
pub(super) fn pinned_text(plan: &Plan, job: &Job, legs: &[&Leg]) -> Option<Text> {
    let text = image_text(job, legs)?;
    let pinned = text.as_literal().map(|it| Text::literal(plan.pins.image(it)));
    Some(pinned.unwrap_or(text))
}

/// The official images that the plan's jobs take for want of one of their own, with the place of the toolchain.
pub(super) fn images(plan: &Plan) -> Vec<(String, Place)> {
    let legs = plan.jobs.iter().flat_map(|job| job.legs.iter().map(move |leg| (job, leg)));
    let official = legs.filter(|(_, leg)| leg.image.is_none()).filter_map(|(job, leg)| match leg_image(leg) {
        LegImage::Image(image) => Some((image, job.place.key("setup"))),
        LegImage::None | LegImage::Several => None,
    });
    official.collect()
}

/// Commands that fail unless the machine has the toolchain in that version.
///
/// `version` is a complete word of the shell. This is the fallback where nothing can install a toolchain: a wrong
/// version must never test something else in silence.
pub(super) fn check(toolchain: Toolchain, version: &str, shell: Shell) -> String {
    let command = match toolchain {
        Toolchain::Python => "python --version",
        Toolchain::Node => "node --version",
        Toolchain::Rust => "rustc --version",
        Toolchain::Go => "go version",
        Toolchain::Java => "java -version",
        Toolchain::Dotnet => "dotnet --list-sdks",
        Toolchain::Ruby => "ruby --version",
        Toolchain::Php => "php --version",
    };
    let title = toolchain.title();
    match shell {
        Shell::Bash | Shell::Sh => format!(
            "wanted={version}\n\
             found=$({command} 2>&1) || true\n\
             case \" $found \" in\n\
             \x20 *[!0-9.]\"$wanted\"[!0-9]*) ;;\n\
             \x20 *) echo \"this machine has no {title} $wanted: $found\" >&2; exit 1 ;;\n\
             esac"
        ),
        Shell::Pwsh => format!(
            "$wanted = {version}\n\
             $found = ({command} 2>&1 | Out-String)\n\
             if (\" $found \" -notmatch \"[^0-9.]$([regex]::Escape($wanted))[^0-9]\") {{\n\
             \x20 throw \"this machine has no {title} ${{wanted}}: $found\"\n\
             }}"
        ),
    }
}
