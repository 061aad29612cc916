//! `[pins]`: exact versions that the spec names itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An exact version: a table, or what it has most often as a text.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum PinUse {
    /// The digest of an image (`sha256:…`), the version of an orb, or the tag of an image that ci-gen chooses.
    Text(String),
    /// Everything.
    Table(Pin),
}

/// An exact version.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Pin {
    /// The tag, such as `v7.0.1`; of an image only where its name has none.
    pub tag: Option<String>,
    /// The commit of an action's tag, 40 hexadecimal digits.
    pub commit: Option<String>,
    /// The digest of an image: `sha256:` and 64 hexadecimal digits.
    pub digest: Option<String>,
}
