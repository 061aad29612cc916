//! The vendors that know versions: GitHub for actions, registries for images, CircleCI for orbs.

pub(super) mod circleci;
pub(super) mod github;
pub(super) mod http;
pub(super) mod registry;
