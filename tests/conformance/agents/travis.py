"""Travis CI's worker: stages one after the other, each job on a machine of its own.

All phases of a job run in one bash without errexit. A failing `before_install` or `install` ends the job, a failing
line of `script` does not; the job fails if any line did. https://docs.travis-ci.com/user/job-lifecycle/
"""

import pathlib
import re
import shlex

import execution
from agents.machine import Machine
from agents.travis_condition import Condition
from documents import read

FILE = ".travis.yml"
TRAVIS = """
travis_terminate() {{ exit "$1"; }}
travis_setup() {{
  eval "$1"
  local ended=$?
  [ "$ended" -eq 0 ] || exit "$ended"
}}
travis_result=0
travis_script() {{
  eval "$1"
  local ended=$?
  [ "$ended" -eq 0 ] || travis_result=$ended
}}
{exports}
{setup}
{script}
exit "$travis_result"
"""


def listed(value):
    """A phase as a list of lines; `skip` is none."""
    return [] if value in (None, "skip") else [value] if isinstance(value, str) else value


def execute(folder, event):
    """Runs the build; see `execution.Bench.run`. Travis CI publishes nothing."""
    document = read(folder / FILE)
    kind = "api" if event.kind == "manual" else "push"
    # What an API request says of the environment takes the place of what the file says of the same name.
    requested = {f"INPUT_{name.upper()}": shlex.quote(value) for name, value in event.inputs.items()}
    everywhere = []
    for assignment in document.get("env", {}).get("global", []):
        name, _, value = assignment.partition("=")
        everywhere.append(f"{name}={requested.get(name, value)}")
    known = {"type": kind, "branch": "main", "tag": ""} | dict(words(it) for it in everywhere if "${" not in it)
    if not Condition(document.get("if", "type = push")).holds({**known, "type": kind}):
        return execution.Outcome(False, None, None, "the condition of the build does not hold")
    run = Run(folder, everywhere, document)
    jobs = [it for it in document["jobs"]["include"] if "if" not in it or Condition(it["if"]).holds(known)]
    for stage in document.get("stages", [None]):
        if run.succeeded:
            run.succeeded = all([run.job(job, kind) for job in jobs if job.get("stage") == stage])
    return execution.Outcome(run.succeeded, None, None, run.log, parts=run.verdicts, left=run.left)


def words(assignment):
    """The name and the value of an assignment without variables."""
    name, _, value = assignment.partition("=")
    return name, "".join(shlex.split(value))


class Run:
    """A build under way: the workspaces of its jobs, and what came of them."""

    def __init__(self, folder, everywhere, document):
        self.folder, self.everywhere = folder, everywhere
        self.allowed = {it["name"] for it in document["jobs"].get("allow_failures", [])}
        self.succeeded, self.workspaces, self.verdicts, self.left, self.log = True, {}, {}, [], ""

    def job(self, job, kind):
        """Runs one job; gives whether the build may go on."""
        commit = execution.head(self.folder)
        machine = Machine(
            self.folder,
            {
                "TRAVIS": "true",
                "TRAVIS_EVENT_TYPE": kind,
                "TRAVIS_BRANCH": "main",
                "TRAVIS_TAG": "",
                "TRAVIS_COMMIT": commit,
                "TRAVIS_COMMIT_RANGE": "",
                "TRAVIS_PULL_REQUEST": "false",
                "TRAVIS_PULL_REQUEST_BRANCH": "",
                **execution.SECRETS,
            },
        )
        spaces = job.get("workspaces", {})
        for name in listed(spaces.get("use")):
            for path, content in self.workspaces.get(name, {}).items():
                target = machine.root / "home" / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
        setup = listed(job.get("before_install")) + listed(job.get("install"))
        text = TRAVIS.format(
            exports="\n".join(f"export {it}" for it in self.everywhere + listed(job.get("env"))),
            setup="\n".join(f"travis_setup {shlex.quote(it)}" for it in setup),
            script="\n".join(f"travis_script {shlex.quote(it)}" for it in listed(job.get("script"))),
        )
        succeeded = machine.run(text, ["bash", "--noprofile", "--norc"]) == 0
        if "create" in spaces and succeeded:
            self.workspaces[spaces["create"]["name"]] = kept(machine, spaces["create"]["paths"])
        self.verdicts[job["name"]] = "success" if succeeded else "failure"
        self.log += f"== {job['name']}\n{machine.log}"
        self.left += machine.files("test-results/**")
        machine.remove()
        return succeeded or job["name"] in self.allowed


def kept(machine, paths):
    """The files of a workspace by their path below the home."""
    home = machine.root / "home"
    found = {}
    for path in paths:
        place = pathlib.Path(re.sub(r"^(\$HOME|~)", str(home), path))
        for file in [place] if place.is_file() else place.rglob("*"):
            if file.is_file():
                found[file.relative_to(home)] = file.read_bytes()
    return found
