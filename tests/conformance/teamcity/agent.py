"""A small build agent: runs the builds of a chain with real shells, in the order and under the rules of TeamCity."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from execution import SECRETS, Outcome
from teamcity import chain, parameters


def execute(project, folder, event):
    """Runs the pipeline that an event starts, in a repository with one commit on `main`; gives the `Outcome`."""
    start = next(it for it in chain.pipelines(project) if starts(it, event))
    run = Run(project, folder, event, start)
    done = chain.outcomes(project, start["id"], run.build)
    targets = chain.targets(project)
    known = {chain.job_of(it): it["id"] for it in targets.values()}
    tolerated = {it["on"] for build in project["buildTypes"] for it in build["snapshots"] if it["failure"] == "IGNORE"}
    verdicts = {}
    for job, name in known.items():
        verdict = done.get(name, "skipped")
        if name in run.without_steps and verdict == "success":
            verdict = "skipped"
        verdicts[job] = "success" if verdict == "failure" and name in tolerated else verdict
    return Outcome(done[start["id"]] == "success", verdicts, run.published(), "\n".join(run.log), run.reports)


def starts(pipeline, event):
    """Whether the build is the one for an event; people start the one that asks them, or that for pushes."""
    name = pipeline["name"].rpartition("(")[2]
    words = {"push": "push", "manual": "manual"}
    return "(" not in pipeline["name"] or pipeline["name"].endswith("(pipeline)") or words[event.kind] in name


class Run:
    """One run of a chain: what its builds did and published."""

    def __init__(self, project, folder, event, start):
        self.project, self.folder, self.start = project, folder, start
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="agent-", dir=folder.parent))
        self.artifacts, self.reports, self.log, self.without_steps = {}, [], [], set()
        sha = ["git", "-C", folder, "rev-parse", "HEAD"]
        self.given = {
            "build.vcs.number": subprocess.run(sha, check=True, capture_output=True, text=True).stdout.strip(),
            "teamcity.build.vcs.branch.Settings": "refs/heads/main",
            **{f"secret.{name}": value.replace("%", "%%") for name, value in SECRETS.items()},
        }
        asked = {name: it["value"] for name, it in start["params"].items()}
        for name, value in event.inputs.items():
            variable = re.sub(r"[^A-Za-z0-9]", "_", name).upper()
            asked[f"reverse.dep.*.env.INPUT_{variable}"] = value.replace("%", "%%")
        prefix = "reverse.dep.*."
        self.asked = {name.removeprefix(prefix): value for name, value in asked.items() if name.startswith(prefix)}

    def build(self, build):
        """Runs what a build configuration starts; gives whether all of it succeeds."""
        self.artifacts[build["id"]] = self.place / "artifacts" / build["id"]
        self.artifacts[build["id"]].mkdir(parents=True)
        if build["type"] == "COMPOSITE":
            parts = [it["on"] for it in build["snapshots"]]
            if parts and all(it in self.without_steps for it in parts):
                self.without_steps.add(build["id"])
            return True
        return all([self.leg(build, known) for known in parameters.legs(self.project, build)])

    def leg(self, build, known):
        """Runs one build on a machine of its own."""
        known = {**known, **self.asked, **self.given}
        workspace = pathlib.Path(tempfile.mkdtemp(prefix=f"{build['id']}-", dir=self.place)) / "work"
        if build["vcs"]["checkoutMode"] == "MANUAL":
            workspace.mkdir()
        else:
            shutil.copytree(self.folder, workspace)
        for it in build["artifacts"]:
            fetch(self.artifacts[it["on"]], workspace, parameters.resolve(it["rules"], known))
        url = {name: os.environ[name] for name in ["CI_GEN_RELEASE_URL"] if name in os.environ}
        env = {**url, "PATH": os.environ["PATH"], "HOME": str(workspace.parent), "LANG": "C.UTF-8"}
        for name, value in known.items():
            if name.startswith("env."):
                env[name[4:]] = parameters.resolve(value, known)
        succeeded, ran = True, False
        for step in build["steps"]:
            if not all(holds(it, known) for it in step["conditions"]) or not is_due(step["mode"], succeeded):
                continue
            ran = True
            if not self.step(build, step, known, workspace, env):
                succeeded = False
        if not ran:
            self.without_steps.add(build["id"])
        for rule in parameters.resolve(build["artifactRules"], known).splitlines():
            publish(workspace, self.artifacts[build["id"]], rule)
        for it in build["features"]:
            if it["kind"] == "xmlReport":
                rules = parameters.resolve(it["rules"], known).splitlines()
                found = {path for rule in rules for path in matched(workspace, rule.removeprefix("+:"))}
                self.reports += [(str(path), (workspace / path).read_text()) for path in sorted(found)]
        return succeeded

    def step(self, build, step, known, workspace, env):
        """Runs one script as a program of its own, and obeys the messages that it prints."""
        script = workspace.parent / "script"
        script.write_text(parameters.resolve(step["script"], known))
        script.chmod(0o755)
        command = [script] if script.read_text().startswith("#!") else ["/bin/sh", script]
        done = subprocess.run(command, cwd=workspace, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.log.append(f"-- {build['name']}: {step['name']} exited {done.returncode}\n{done.stdout}")
        for rule in re.findall(r"##teamcity\[publishArtifacts '([^']*)'\]", done.stdout):
            publish(workspace, self.artifacts[build["id"]], rule)
        return done.returncode == 0

    def published(self):
        """Everything that was kept: path and content."""
        files = list(self.reports)
        for build in (it for it in self.project["buildTypes"] if it["id"] in self.artifacts):
            folder = self.artifacts[build["id"]]
            inside = 1 if any(it["kind"] == "matrix" for it in build["features"]) else 0  # a directory per leg
            for path in (it for it in sorted(folder.rglob("*")) if it.is_file()):
                files.append(("/".join(path.relative_to(folder).parts[inside:]), path.read_text()))
        return files


def is_due(mode, succeeded):
    """https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/build-step/execution-mode/"""
    always = mode in ("RUN_ON_FAILURE", "ALWAYS")
    return always or succeeded == (mode in ("DEFAULT", "RUN_ON_SUCCESS"))


def holds(condition, known):
    """https://www.jetbrains.com/help/teamcity/build-step-execution-conditions.html"""
    value = known.get(condition["param"])
    wanted = condition["value"] and parameters.resolve(condition["value"], known)
    match condition["verb"]:
        case "exists":
            return value is not None
        case "doesNotExist":
            return value is None
        case "equals":
            return value is not None and parameters.resolve(value, known) == wanted
        case "matches":
            return value is not None and re.fullmatch(wanted, parameters.resolve(value, known)) is not None
    raise ValueError(f"the condition {condition['verb']} is not known here")


def matched(folder, pattern):
    """The files that a pattern of Ant's kind names."""
    regex = re.escape(pattern).replace(r"\*\*/", "(?:.*/)?").replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
    files = [it.relative_to(folder) for it in folder.rglob("*") if it.is_file() and ".git" not in it.parts]
    return [it for it in files if re.fullmatch(regex, str(it))]


def publish(workspace, artifacts, rule):
    """Copies what `source => target` names; what matches a wildcard keeps its path from there on.

    https://www.jetbrains.com/help/teamcity/configuring-general-settings.html#Artifact+Paths
    """
    source, _, target = (it.strip() for it in rule.removeprefix("+:").partition("=>"))
    place = artifacts / target
    if (workspace / source).is_dir():
        shutil.copytree(workspace / source, place, dirs_exist_ok=True)
        return
    fixed = source.partition("*")[0].rpartition("/")[0]
    for path in matched(workspace, source):
        to = place / path.relative_to(fixed)
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(workspace / path, to)


def fetch(artifacts, workspace, rules):
    """Copies what the rules of an artifact dependency name; `?:` lets it be missing.

    https://www.jetbrains.com/help/teamcity/artifact-dependencies.html#Artifacts+Rules
    """
    for rule in rules.splitlines():
        source, _, target = (it.strip() for it in rule.partition("=>"))
        pattern = source.removeprefix("?:").removeprefix("+:")
        found = matched(artifacts, pattern) if artifacts.exists() else []
        if not found and not source.startswith("?:"):
            raise ValueError(f"no artifact matches {rule}")
        fixed = pattern.partition("*")[0].rpartition("/")[0]
        for path in found:
            to = workspace / target / path.relative_to(fixed)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(artifacts / path, to)
