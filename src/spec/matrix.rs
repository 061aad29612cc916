//! The matrix of a job: its axes and what is added to or taken from their product.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{OneOrMany, Scalar};

/// Runs a job once per combination of values. Every key but the four below is an axis with its values.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Matrix {
    /// Combinations to add, or values to add to existing combinations, with the rules of GitHub's matrix.
    pub include: Option<Vec<IndexMap<String, Scalar>>>,
    /// Combinations to leave out; an entry need not name every axis.
    pub exclude: Option<Vec<IndexMap<String, Scalar>>>,
    /// Whether the first leg that fails cancels the others. Default: false.
    pub fail_fast: Option<bool>,
    /// How many legs run at the same time. Default: as many as the system allows.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_parallel: Option<u32>,
    /// The values of an axis, read as `{{ matrix.NAME }}`.
    #[serde(flatten)]
    pub axes: IndexMap<String, OneOrMany<Scalar>>,
}
