"""Bitbucket Pipelines' runner: steps one after the other or side by side, each in a clone of its own.

Each item of a script runs in the shell of the one before, and the first that fails ends the step; artifacts of type
`shared` lie in the clone of every later step. https://support.atlassian.com/bitbucket-cloud/docs/step-options/
"""

import shlex

import execution
from agents.machine import Machine
from documents import read

BASH = ["bash", "--noprofile", "--norc"]


def chosen(document, event):
    """The items of the pipeline that an event on `main` starts, and the variables that a person may set."""
    pipelines = document["pipelines"]
    if event.kind == "manual":
        (items,) = pipelines["custom"].values()
        declared = {it["name"]: it.get("default", "") for item in items for it in item.get("variables", [])}
        given = {f"INPUT_{name.upper()}": value for name, value in event.inputs.items()}
        return [it for it in items if "variables" not in it], declared | given
    return pipelines.get("branches", {}).get("main", pipelines.get("default", [])), {}


def group(item):
    """The steps that run side by side."""
    steps = item["parallel"]["steps"] if "parallel" in item else [item]
    return [it["step"] for it in steps]


def execute(folder, event):
    """Runs the pipeline; see `execution.Bench.run`. A group of steps begins once the one before succeeded."""
    items, variables = chosen(read(folder / "bitbucket-pipelines.yml"), event)
    variables |= {"BITBUCKET_BRANCH": "main", "BITBUCKET_COMMIT": execution.head(folder), **execution.SECRETS}
    run = Run(folder, variables)
    for item in items:
        if run.succeeded:
            run.succeeded = all([run.step(step) for step in group(item)])
    return execution.Outcome(run.succeeded, None, run.published, run.log, run.junit, parts=run.verdicts)


class Run:
    """A pipeline under way: what its steps share, and what came of them."""

    def __init__(self, folder, variables):
        self.folder, self.variables = folder, variables
        self.succeeded, self.published, self.shared, self.log = True, [], [], ""
        self.junit, self.verdicts = [], {}

    def step(self, step):
        """Runs one step; gives whether it succeeded."""
        machine = Machine(self.folder, self.variables)
        for path, content in self.shared:
            machine.write(path, content)
        items = [f"eval {shlex.quote(it)}\nended=$?\n[ $ended -eq 0 ] || exit $ended\n" for it in step["script"]]
        succeeded = machine.run("".join(items), BASH) == 0
        machine.run("\n".join(step.get("after-script", [])), BASH)
        for artifact in (step.get("artifacts") or {}).get("upload", []):
            if artifact["capture-on"] in ("always", "success" if succeeded else "failed"):
                files = [it for pattern in artifact["paths"] for it in machine.files(pattern)]
                self.published += files
                if artifact["type"] == "shared":
                    self.shared += files
                if artifact["type"] == "test-reports":
                    self.junit += files
        self.verdicts[step["name"]] = "success" if succeeded else "failure"
        self.log += f"== {step['name']}\n{machine.log}"
        machine.remove()
        return succeeded
