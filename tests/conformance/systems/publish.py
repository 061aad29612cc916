"""Publishing: what ci-gen sends to vendors, judged by emulators and by the vendors' descriptions of their APIs."""

import importlib

# Each has a judge: `publish/NAME.py`.
JUDGES = ["github", "gitlab", "bitbucket", "azure"]


def checks(suite):
    """Checks every vendor that has a judge."""
    for name in JUDGES:
        importlib.import_module(f"publish.{name}").checks(suite)
