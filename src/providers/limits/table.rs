//! Every limit of the vendors, in one table.

use super::{Limit, Unit};

/// Every limit.
pub const LIMITS: &[&Limit] = &[
    &AZURE_ATTACHMENT,
    &AZURE_COMMENT,
    &AZURE_LIST,
    &AZURE_MESSAGE,
    &AZURE_NAME,
    &AZURE_RESULTS,
    &AZURE_RUNS,
    &AZURE_TRACE,
    &BITBUCKET_ANNOTATIONS,
    &BITBUCKET_BATCH,
    &BITBUCKET_COMMENT,
    &BITBUCKET_DATA,
    &BITBUCKET_DETAILS,
    &BITBUCKET_STATUS_KEY,
    &BITBUCKET_STATUS_NAME,
    &BITBUCKET_STATUS_URL,
    &BITBUCKET_TEXT,
    &DATACENTER_ANNOTATIONS,
    &DATACENTER_COMMENT,
    &DATACENTER_DATA,
    &DATACENTER_DETAILS,
    &DATACENTER_STATUS_NAME,
    &DATACENTER_STATUS_URL,
    &DATACENTER_TEXT,
    &GITHUB_ANNOTATION,
    &GITHUB_ANNOTATIONS,
    &GITHUB_ANNOTATION_TITLE,
    &GITHUB_CHECK_NAME,
    &GITHUB_COMMENT,
    &GITHUB_DESCRIPTION,
    &GITHUB_SUMMARY,
    &GITLAB_NOTE,
    &GITLAB_STATUS,
    &TEAMCITY_PROBLEM,
    &TEAMCITY_PROBLEM_ID,
];

/// A file that is attached to a test run: as base64 it has 100 MiB.
pub(crate) const AZURE_ATTACHMENT: Limit = Limit {
    vendor: "Azure DevOps",
    what: "an attachment",
    most: 75 * 1024 * 1024,
    unit: Unit::Bytes,
    source: "https://github.com/microsoft/azure-pipelines-agent/blob/master/src/Agent.Worker/TestResults/TestRunPublisher.cs",
};

/// A comment on a pull request.
pub(crate) const AZURE_COMMENT: Limit = Limit {
    vendor: "Azure DevOps",
    what: "a comment",
    most: 150_000,
    unit: Unit::Characters,
    source: "https://github.com/runatlantis/atlantis/issues/1585",
};

/// Items of a list that are given at once.
pub(crate) const AZURE_LIST: Limit = Limit {
    vendor: "Azure DevOps",
    what: "results in an answer",
    most: 1000,
    unit: Unit::Items,
    source: "https://learn.microsoft.com/rest/api/azure/devops/test/results/list",
};

/// What went wrong in a test or in a run.
pub(crate) const AZURE_MESSAGE: Limit = Limit {
    vendor: "Azure DevOps",
    what: "an error message",
    most: 4000,
    unit: Unit::Characters,
    source: "https://github.com/microsoft/azure-pipelines-tasks/issues/16696",
};

/// The name of a run, a test, a job or a file.
pub(crate) const AZURE_NAME: Limit = Limit {
    vendor: "Azure DevOps",
    what: "a name",
    most: 256,
    unit: Unit::Characters,
    source: "https://learn.microsoft.com/rest/api/azure/devops/test/runs/create#jobreference",
};

/// Results of tests that are added to a run at once; what hangs under a result does not count.
pub(crate) const AZURE_RESULTS: Limit = Limit {
    vendor: "Azure DevOps",
    what: "results in a request",
    most: 1000,
    unit: Unit::Items,
    source: "https://github.com/dotnet/arcade/pull/17322",
};

/// Test runs of a list that are given at once.
pub(crate) const AZURE_RUNS: Limit = Limit {
    vendor: "Azure DevOps",
    what: "test runs in an answer",
    most: 100,
    unit: Unit::Items,
    source: "https://learn.microsoft.com/rest/api/azure/devops/test/runs/query",
};

/// The stack trace of a test.
pub(crate) const AZURE_TRACE: Limit = Limit {
    vendor: "Azure DevOps",
    what: "a stack trace",
    most: 1000,
    unit: Unit::Characters,
    source: "https://learn.microsoft.com/rest/api/azure/devops/test/results/add#testcaseresult",
};

/// The annotations of a report.
pub(crate) const BITBUCKET_ANNOTATIONS: Limit = Limit {
    vendor: "Bitbucket",
    what: "the annotations of a report",
    most: 1000,
    unit: Unit::Items,
    source: "https://developer.atlassian.com/cloud/bitbucket/rest/api-group-reports/",
};

/// The annotations of a request.
pub(crate) const BITBUCKET_BATCH: Limit = Limit {
    vendor: "Bitbucket",
    what: "the annotations of a request",
    most: 100,
    unit: Unit::Items,
    source: "https://developer.atlassian.com/cloud/bitbucket/rest/api-group-reports/",
};

/// Bitbucket Cloud names no limit, and answers long comments with a page that says nothing.
pub(crate) const BITBUCKET_COMMENT: Limit = Limit {
    vendor: "Bitbucket",
    what: "a comment on a pull request",
    most: 31_000,
    unit: Unit::Bytes,
    source: "https://github.com/runatlantis/atlantis/issues/1251",
};

/// The fields of data of a report.
pub(crate) const BITBUCKET_DATA: Limit = Limit {
    vendor: "Bitbucket",
    what: "the data of a report",
    most: 10,
    unit: Unit::Items,
    source: "https://developer.atlassian.com/cloud/bitbucket/rest/api-group-reports/",
};

/// Details of a report and of an annotation; the path of an annotation.
pub(crate) const BITBUCKET_DETAILS: Limit = Limit {
    vendor: "Bitbucket",
    what: "the details of a report or annotation",
    most: 2000,
    unit: Unit::Bytes,
    source: "https://docs.atlassian.com/bitbucket-server/rest/6.3.0/bitbucket-code-insights-rest.html",
};

/// The key of a build status; longer ones are hashed.
pub(crate) const BITBUCKET_STATUS_KEY: Limit = Limit {
    vendor: "Bitbucket",
    what: "the key of a build status",
    most: 40,
    unit: Unit::Characters,
    source: "https://github.com/buildbot/buildbot/issues/7049",
};

/// The name of a build status has to be shorter than 255; the description is kept as short.
pub(crate) const BITBUCKET_STATUS_NAME: Limit = Limit {
    vendor: "Bitbucket",
    what: "the name of a build status",
    most: 254,
    unit: Unit::Characters,
    source: "https://github.com/jenkinsci/bitbucket-branch-source-plugin/pull/928",
};

/// The address of a build status has to be shorter than 450.
pub(crate) const BITBUCKET_STATUS_URL: Limit = Limit {
    vendor: "Bitbucket",
    what: "the address of a build status",
    most: 449,
    unit: Unit::Characters,
    source: "https://github.com/jenkinsci/bitbucket-branch-source-plugin/pull/928",
};

/// The title of a report and the summary of an annotation. What the server counts are units of UTF-16, of which a text never
/// has more than bytes.
pub(crate) const BITBUCKET_TEXT: Limit = Limit {
    vendor: "Bitbucket",
    what: "the title of a report, the summary of an annotation",
    most: 450,
    unit: Unit::Bytes,
    source: "https://github.com/reviewdog/reviewdog/issues/1285",
};

/// The annotations of a report, unless an administrator allows more; one request takes all of them.
pub(crate) const DATACENTER_ANNOTATIONS: Limit = Limit {
    vendor: "Bitbucket Data Center",
    what: "the annotations of a report",
    most: 1000,
    unit: Unit::Items,
    source: "https://developer.atlassian.com/server/bitbucket/rest/v905/api-group-builds-and-deployments/",
};

/// A comment: "Please enter a non-empty value less than 32768 characters".
pub(crate) const DATACENTER_COMMENT: Limit = Limit {
    vendor: "Bitbucket Data Center",
    what: "a comment on a pull request",
    most: 32_767,
    unit: Unit::Characters,
    source: "https://github.com/jenkinsci/violation-comments-to-stash-plugin/issues/26",
};

/// The fields of data of a report.
pub(crate) const DATACENTER_DATA: Limit = Limit {
    vendor: "Bitbucket Data Center",
    what: "the data of a report",
    most: 6,
    unit: Unit::Items,
    source: "https://developer.atlassian.com/server/bitbucket/rest/v905/api-group-builds-and-deployments/",
};

/// Details of a report and the message of an annotation; the path of an annotation. What the server counts are units of UTF-16, of
/// which a text never has more than bytes.
pub(crate) const DATACENTER_DETAILS: Limit = Limit {
    vendor: "Bitbucket Data Center",
    what: "the details of a report, the message of an annotation",
    most: 2000,
    unit: Unit::Bytes,
    source: "https://developer.atlassian.com/server/bitbucket/rest/v905/api-group-builds-and-deployments/",
};

/// The key of a build status, longer ones are hashed, and its name. The description is kept as short.
pub(crate) const DATACENTER_STATUS_NAME: Limit = Limit {
    vendor: "Bitbucket Data Center",
    what: "the key and the name of a build status",
    most: 255,
    unit: Unit::Bytes,
    source: "https://developer.atlassian.com/server/bitbucket/rest/v905/api-group-builds-and-deployments/",
};

/// The address of a build status.
pub(crate) const DATACENTER_STATUS_URL: Limit = Limit {
    vendor: "Bitbucket Data Center",
    what: "the address of a build status",
    most: 450,
    unit: Unit::Characters,
    source: "https://developer.atlassian.com/server/bitbucket/rest/v905/api-group-builds-and-deployments/",
};

/// The title of a report.
pub(crate) const DATACENTER_TEXT: Limit = Limit {
    vendor: "Bitbucket Data Center",
    what: "the title of a report",
    most: 450,
    unit: Unit::Bytes,
    source: "https://developer.atlassian.com/server/bitbucket/rest/v905/api-group-builds-and-deployments/",
};

/// The message of an annotation.
pub(crate) const GITHUB_ANNOTATION: Limit = Limit {
    vendor: "GitHub",
    what: "the message of an annotation",
    most: 65_536,
    unit: Unit::Bytes,
    source: "https://docs.github.com/rest/checks/runs#update-a-check-run",
};

/// Annotations in one request; more are added by further ones.
pub(crate) const GITHUB_ANNOTATIONS: Limit = Limit {
    vendor: "GitHub",
    what: "annotations in a request",
    most: 50,
    unit: Unit::Items,
    source: "https://docs.github.com/rest/checks/runs#update-a-check-run",
};

/// The title of an annotation.
pub(crate) const GITHUB_ANNOTATION_TITLE: Limit = Limit {
    vendor: "GitHub",
    what: "the title of an annotation",
    most: 255,
    unit: Unit::Characters,
    source: "https://docs.github.com/rest/checks/runs#update-a-check-run",
};

/// The name of a check run, which GitHub does not document; what others found.
pub(crate) const GITHUB_CHECK_NAME: Limit = Limit {
    vendor: "GitHub",
    what: "the name of a check run",
    most: 255,
    unit: Unit::Bytes,
    source: "https://github.com/bencherdev/bencher/pull/958",
};

/// A comment: "Body is too long (maximum is 65536 characters)".
pub(crate) const GITHUB_COMMENT: Limit = Limit {
    vendor: "GitHub",
    what: "a comment",
    most: 65_536,
    unit: Unit::Characters,
    source: "https://github.com/orgs/community/discussions/27190",
};

/// The description of a commit status.
pub(crate) const GITHUB_DESCRIPTION: Limit = Limit {
    vendor: "GitHub",
    what: "the description of a status",
    most: 140,
    unit: Unit::Characters,
    source: "https://github.com/packit/ogr/issues/143",
};

/// The summary of a check run. The documentation says characters, the server counts bytes.
pub(crate) const GITHUB_SUMMARY: Limit = Limit {
    vendor: "GitHub",
    what: "the summary of a check run",
    most: 65_535,
    unit: Unit::Bytes,
    source: "https://github.com/dorny/test-reporter/issues/57",
};

/// A note of GitLab's may have 1,000,000 characters, <https://docs.gitlab.com/administration/instance_limits/>, but of what
/// takes longer than some seconds to render, nothing is shown. Each leg reads all notes with each write, too.
pub(crate) const GITLAB_NOTE: Limit = Limit {
    vendor: "GitLab",
    what: "a note on a merge request",
    most: 100_000,
    unit: Unit::Bytes,
    source: "https://docs.gitlab.com/user/markdown_troubleshooting/",
};

/// Name, description, reference and address of a status have the same limit.
pub(crate) const GITLAB_STATUS: Limit = Limit {
    vendor: "GitLab",
    what: "each text of a commit status",
    most: 255,
    unit: Unit::Characters,
    source: "https://docs.gitlab.com/api/commits/#set-commit-pipeline-status",
};

/// What a build problem says.
pub(crate) const TEAMCITY_PROBLEM: Limit = Limit {
    vendor: "TeamCity",
    what: "a build problem",
    most: 4000,
    unit: Unit::Characters,
    source: "https://www.jetbrains.com/help/teamcity/service-messages.html#Reporting+Build+Problems",
};

/// What tells a build problem from others.
pub(crate) const TEAMCITY_PROBLEM_ID: Limit = Limit {
    vendor: "TeamCity",
    what: "the identity of a build problem",
    most: 60,
    unit: Unit::Characters,
    source: "https://www.jetbrains.com/help/teamcity/service-messages.html#Reporting+Build+Problems",
};
