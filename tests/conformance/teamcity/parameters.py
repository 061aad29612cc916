"""References to parameters: a name between two `%`, and `%%` for the sign itself.

https://www.jetbrains.com/help/teamcity/configuring-build-parameters.html
"""

import itertools
import re

REFERENCE = re.compile(r"%([^%\s]*)%")

# Parameters that TeamCity itself gives every build, or those of pull requests:
# https://www.jetbrains.com/help/teamcity/predefined-build-parameters.html
PREDEFINED = ["build.counter", "build.vcs.number", "teamcity.build.vcs.branch.Settings"]
OF_REQUESTS = ["teamcity.pullRequest.number", "teamcity.pullRequest.target.branch"]


def references(text):
    """The names that a text refers to."""
    return [name for name in REFERENCE.findall(text) if name]


def resolve(text, known):
    """The text with what it refers to; a name that is not known raises KeyError, as no agent could run the build."""
    return REFERENCE.sub(lambda it: resolve(known[it[1]], known) if it[1] else "%", text)


def of_build(project, build):
    """The parameters of a build: those of the project, of its templates, and its own."""
    templates = {it["id"]: it for it in project["templates"]}
    layers = [project, *(templates[it] for it in build["templates"]), build]
    return {name: it["value"] for layer in layers for name, it in layer["params"].items()}


def legs(project, build):
    """The parameters of each build that a configuration starts: one, or those of its matrix."""
    own = of_build(project, build)
    axes = next((it["axes"] for it in build["features"] if it["kind"] == "matrix"), {})
    return [{**own, **dict(zip(axes, values))} for values in itertools.product(*axes.values())]
