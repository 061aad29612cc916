"""Publishing: what ci-gen sends to vendors, judged by emulators and by the vendors' descriptions of their APIs."""

import publish.github


def checks(suite):
    """Checks every vendor that has a judge."""
    publish.github.checks(suite)
