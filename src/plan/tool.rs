//! How a pipeline gets the ci-gen that it runs.

use indexmap::IndexMap;

use super::{builder::Builder, Text};
use crate::{
    diag::{Diagnostic, Place},
    spec::{OneOrMany, Scalar, ToolSource, Toolchain},
};

/// `[tool]`, resolved.
#[derive(Clone, Debug)]
pub struct Tool {
    /// What the job needs for `install`.
    pub(super) setup: IndexMap<Toolchain, Scalar>,
    /// Commands that install it.
    pub(super) install: OneOrMany<String>,
    /// What goes before its first command, in the same shell.
    path: Option<&'static str>,
    /// Whether only POSIX shells can read `install`.
    pub(super) posix: bool,
}

/// Where releases lie, with the version behind it.
const RELEASES: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/releases/download/v");

/// The directory of the release's binary is in the checkout, as the only one that every step of a job sees.
const PATH: &str = "export PATH=\"$PWD/.ci-gen/bin:$PATH\"";

impl Tool {
    /// Resolves `[tool]`. The version is the spec's, else that of this program.
    pub(super) fn new(builder: &mut Builder<'_>) -> Tool {
        let version = version(builder);
        let checksum = checksum(builder);
        let tool = builder.spec.tool.clone();
        if let Some(install) = tool.install {
            return Tool { setup: IndexMap::new(), install, path: None, posix: false };
        }
        let reports = builder.spec.report.as_ref().is_some_and(|it| it.table().is_some());
        match tool.from.unwrap_or(if reports { ToolSource::Release } else { ToolSource::Cargo }) {
            ToolSource::Release => Tool {
                setup: IndexMap::new(),
                install: OneOrMany::One(release(&version, checksum.as_deref())),
                path: Some(PATH),
                posix: true,
            },
            // A full version is taken as it is: <https://doc.rust-lang.org/cargo/commands/cargo-install.html>
            ToolSource::Cargo => Tool {
                setup: IndexMap::from([(Toolchain::Rust, Scalar::Text("stable".to_owned()))]),
                install: OneOrMany::One(format!("cargo install ci-gen --locked --version {version}")),
                path: None,
                posix: false,
            },
        }
    }

    /// A command line of ci-gen, as commands of a job.
    pub(super) fn commands(&self, line: String) -> Vec<Text> {
        self.path.map(Text::literal).into_iter().chain([Text::literal(line)]).collect()
    }
}

/// Lets faults of a job that ci-gen adds at `job` point to what the user wrote: its commands are those of `[tool]`.
pub(super) fn relocate(diagnostics: &mut [Diagnostic], job: &Place) {
    let install = job.key("install");
    for diagnostic in diagnostics {
        if let Some(rest) = diagnostic.place.as_str().strip_prefix(install.as_str()) {
            diagnostic.place = Place::from_pointer(format!("/tool/install{rest}"));
        }
    }
}

fn version(builder: &mut Builder<'_>) -> String {
    let Some(version) = builder.spec.tool.version.clone() else { return env!("CARGO_PKG_VERSION").to_owned() };
    let (numbers, _) = version.split_once(['-', '+']).unwrap_or((&version, ""));
    let exact = numbers.split('.').count() == 3
        && numbers.split('.').all(|it| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit()))
        && version.chars().all(|c| c.is_ascii_alphanumeric() || ".-+".contains(c));
    if !exact {
        let at = Place::root().key("tool").key("version");
        let help = format!("write all of it, such as `{}`", env!("CARGO_PKG_VERSION"));
        builder.error("version", at, format!("`{version}` is no exact version"), Some(help));
    }
    version
}

/// The digits of `checksum`.
fn checksum(builder: &mut Builder<'_>) -> Option<String> {
    let written = builder.spec.tool.checksum.clone()?;
    let at = Place::root().key("tool").key("checksum");
    if builder.spec.tool.install.is_some() {
        let message = "`tool.install` says how ci-gen is installed, so nothing checks `tool.checksum`";
        builder.diagnostics.push(Diagnostic::warning("unused", at.clone(), message).help("leave one of them out"));
    }
    let digits = written.strip_prefix("sha256:").unwrap_or_default();
    if digits.len() != 64 || !digits.bytes().all(|it| it.is_ascii_digit() || (b'a'..=b'f').contains(&it)) {
        let help = "write `sha256:` and what `sha256sum SHA256SUMS` prints for that file of the release".to_owned();
        builder.error("checksum", at, format!("`{written}` is no checksum"), Some(help));
    }
    Some(digits.to_owned())
}

/// Downloads and unpacks the binary of a release, for sh. Both checksums go through a file that lists them: that of
/// the release for the archive, and one from the spec for that list.
///
/// Archives are called as `uname` calls the machine, which on Windows is that of Git's shell: `MINGW64` or, where it is
/// started without its own environment, `MSYS`; `x86_64`.
fn release(version: &str, checksum: Option<&str>) -> String {
    let pinned = checksum.map(|it| format!("  echo '{it}  SHA256SUMS' | check\n")).unwrap_or_default();
    format!(
        "(\n\
        \x20 mkdir -p .ci-gen/bin\n\
        \x20 cd .ci-gen\n\
        \x20 echo '*' > .gitignore\n\
        \x20 file=\"ci-gen-$(uname -s | cut -d_ -f1)-$(uname -m).tar.gz\"\n\
        \x20 fetch() {{ if command -v curl > /dev/null; then curl -fsSL --retry 3 -o \"$2\" \"$1\"; else wget -qO \"$2\" \"$1\"; fi; }}\n\
        \x20 check() {{ if command -v sha256sum > /dev/null; then sha256sum -c -; else shasum -a 256 -c -; fi; }}\n\
        \x20 for name in SHA256SUMS \"$file\"; do\n\
        \x20   fetch \"${{CI_GEN_RELEASE_URL:-{RELEASES}{version}}}/$name\" \"$name\"\n\
        \x20 done\n\
        {pinned}\
        \x20 grep \" $file\\$\" SHA256SUMS | check\n\
        \x20 tar -xzf \"$file\" -C bin\n\
        )"
    )
}
