//! Manifests that cannot be read, each with the reason: what they say is in no spec, and nobody should wonder why.

use roxmltree::Document;
use serde_json::Value;

use super::{folder::Folder, text::one_line, Findings};
use crate::files::Tree;

/// Characters of a reason: some parsers show what they found, whatever that is.
const REASON: usize = 200;

/// The form of a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Json,
    Toml,
    Xml,
    Yaml,
}

impl Form {
    /// The form of a file that is read by its structure, by its name. Others are read line by line, and say what they can.
    fn of(name: &str) -> Option<Form> {
        const ENDS: &[(&str, Form)] = &[(".csproj", Form::Xml), (".fsproj", Form::Xml), (".vbproj", Form::Xml)];
        match name {
            "package.json" | "composer.json" | "global.json" => Some(Form::Json),
            "pyproject.toml" | "Cargo.toml" | "rust-toolchain.toml" => Some(Form::Toml),
            "pom.xml" | "Directory.Build.props" => Some(Form::Xml),
            _ => ENDS.iter().find(|(end, _)| name.ends_with(end)).map(|(_, form)| *form),
        }
    }

    fn title(self) -> &'static str {
        match self {
            Form::Json => "JSON",
            Form::Toml => "TOML",
            Form::Xml => "XML",
            Form::Yaml => "YAML",
        }
    }

    /// What is wrong with a text, if anything is.
    fn fault(self, text: &str) -> Option<String> {
        match self {
            Form::Json => match serde_json::from_str::<Value>(text) {
                Ok(value) => (!value.is_object()).then(|| "it is no object".to_owned()),
                Err(error) => Some(error.to_string()),
            },
            Form::Toml => text.parse::<toml::Table>().err().map(|error| {
                let line = error.span().and_then(|it| text.get(..it.start)).map(|it| it.matches('\n').count() + 1);
                error.message().to_owned() + &line.map(|it| format!(" at line {it}")).unwrap_or_default()
            }),
            Form::Xml => Document::parse(text).err().map(|error| error.to_string()),
            Form::Yaml => serde_saphyr::from_str::<Value>(text).err().map(|error| error.to_string()),
        }
    }
}

/// Names every manifest that is broken. Its detector goes on with the others, or with what it can tell without.
pub(super) fn detect(tree: &Tree, findings: &mut Findings) {
    for folder in Folder::with(tree, |name| Form::of(name).is_some()) {
        for name in folder.names() {
            if let Some(form) = Form::of(name) {
                note(folder, name, form, findings);
            }
        }
    }
}

/// Names one file, if it is broken.
pub(super) fn note(folder: Folder<'_>, name: &str, form: Form, findings: &mut Findings) {
    let fault = match folder.text(name) {
        Some(text) => form.fault(text),
        None => Some("it is no text, or too long".to_owned()),
    };
    if let Some(fault) = fault {
        let line = fault.lines().next().unwrap_or_default();
        let reason: String = one_line(line.trim_start_matches("error: ")).chars().take(REASON).collect();
        findings.left_out(format!("{} cannot be read as {}: {reason}", one_line(&folder.join(name)), form.title()));
    }
}
