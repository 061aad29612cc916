//! Reads the legs back from rendered pipelines, without any code of the generator.

use std::collections::BTreeMap;

/// One native leg: the job it belongs to, and what its commands would see.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leg {
    /// The job's name or slug.
    pub job: String,
    /// Every non-empty `MATRIX_*` and `CI_GEN_SHARD_*` variable.
    pub env: BTreeMap<String, String>,
}
