"""Publishing: what ci-gen sends to vendors, judged by emulators, by the vendors' descriptions of their APIs, and by clients."""

from publish import azure, bitbucket, github, gitlab
from publish.wire import azure as task_lib
from publish.wire import github as actions
from publish.wire import gitlab as python_gitlab
from publish.wire import jenkins, teamcity


def checks(suite):
    """Checks every vendor that has a judge, then compares with maintained clients of the same vendors."""
    github.checks(suite)
    asked = gitlab.checks(suite)
    bitbucket.checks(suite)
    azure.checks(suite)
    python_gitlab.checks(suite, asked)
    jenkins.checks(suite)
    teamcity.checks(suite)
    actions.checks(suite)
    task_lib.checks(suite)
