//! Which change a run is of, and that the code host is asked where the CI system does not tell.

use std::future::Future;

use crate::{
    context::Context,
    net::{Api, Error, Kind, ID},
};

/// The pull request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// There is none.
    None,
    /// Its number.
    Number(u64),
    /// The CI system does not tell of pull requests, or the run is not of one: the open one with the commit.
    OfCommit,
}

impl Change {
    /// The pull request that a run is for.
    pub(super) fn of(context: &Context) -> Self {
        let value = |field: &Option<crate::context::Field>| field.as_ref().map(|it| it.value.clone());
        let branch = value(&context.branch);
        match &context.change_number {
            Some(number) => Change::Number(number.value),
            None if branch.is_some() && branch != value(&context.base_branch) && context.head_sha.is_some() => {
                Change::OfCommit
            }
            None => Change::None,
        }
    }

    /// Its number, as it stands in addresses; `find` asks for that of the open one with the commit. In a dry run nobody knows
    /// that one.
    ///
    /// # Errors
    /// `Configuration` where the run is of none, `NotFound` where no open one has the commit, and what `find` says.
    pub(super) async fn number(
        self,
        api: &Api,
        commit: Option<&str>,
        find: impl Future<Output = Result<Option<u64>, Error>>,
    ) -> Result<String, Error> {
        match self {
            Change::Number(number) => return Ok(number.to_string()),
            Change::OfCommit => {}
            Change::None => {
                let error = api.error(Kind::Configuration, "comment").words("this run is of no pull request");
                return Err(error.help("set CI_GEN_CHANGE_NUMBER to its number"));
            }
        }
        let found = find.await?;
        if api.client().is_dry() {
            return Ok(ID.to_owned());
        }
        found.map(|it| it.to_string()).ok_or_else(|| {
            let commit = commit.unwrap_or_default();
            let words = format!("no open pull request has the commit {}", commit.get(..8).unwrap_or(commit));
            let help =
                "there is nothing to comment on before a pull request is opened; CI_GEN_CHANGE_NUMBER names another";
            api.error(Kind::NotFound, "comment").words(words).help(help)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Field;

    #[test]
    fn a_branch_may_have_a_pull_request() {
        let field = |text: &str| Some(Field::new(text.to_owned(), ""));
        let mut context = Context { head_sha: field("c0ffee"), ..Context::default() };
        assert_eq!(Change::of(&context), Change::None);
        context.branch = field("fix");
        assert_eq!(Change::of(&context), Change::OfCommit);
        context.base_branch = field("fix");
        assert_eq!(Change::of(&context), Change::None);
        context.change_number = Some(Field::new(7, ""));
        assert_eq!(Change::of(&context), Change::Number(7));
    }
}
