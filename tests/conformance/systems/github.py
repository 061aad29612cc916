"""GitHub Actions: actionlint, zizmor, GitHub's own parser, and every executed spec run by act."""

import json
import os
import pathlib
import re
import subprocess
import tempfile

import action
import execution
import reporting
import tools
from suite import ROOT, Finding, run

HERE = ROOT / "tests" / "conformance"

# What act 0.2.89 itself gets wrong.
TWICE = "act evaluates `env` twice, where an escaped `${{` becomes an expression after all"
GAPS = {"nasty-expressions": (TWICE, "GITHUB")}

# What is broken in the executed spec, and which reader must find it.
MISREAD = [
    ("an unknown key", "SchemaStore's schema", "    runs-on:", "    run-on:"),
    ("an unknown context", "actionlint", "${{ matrix.python }}", "${{ metrics.python }}"),
    ("permissions for everything", "zizmor", "permissions: {}", "permissions: write-all"),
    ("an unpinned action", "zizmor", "@3d3c42e5aac5ba805825da76410c181273ba90b1", "@v7"),
    ("an unknown key", "GitHub's parser", "    runs-on:", "    run-on:"),
    ("a need that does not exist", "GitHub's parser", "needs: [first]", "needs: [furst]"),
]

# What is broken in which executed spec, and what must be noticed.
BROKEN = [
    ("a wrong total of shards", "execution", 'CI_GEN_SHARD_TOTAL: "2"', 'CI_GEN_SHARD_TOTAL: "3"', "CI_GEN_SHARD_TOTAL"),
    ("a value without its variable", "nasty-inputs", "INPUT_COUNT: ", "INPUT_COUNTS: ", "commands/install"),
    ("an exclude left out", "nasty-matrices", '          - { a: "1", b: x }\n', "", "partial/run"),
    ("no pipefail", "failures", "shell: bash", "shell: bash -e {0}", "pipe/never"),
    ("no errexit", "failures", "shell: bash", "shell: bash -o pipefail {0}", "first-line/never"),
    ("results of failures are not kept", "failures", "!cancelled()", "success()", "missing ('results/unit.xml'"),
    ("needs left out", "failures", "needs: [kept, first-line]", "needs: [kept]", "dependent/never"),
    ("fewer attempts", "tolerated", '"$ci_gen_number" -lt 3', '"$ci_gen_number" -lt 2', "retried/run"),
    ("failures not allowed", "tolerated", "continue-on-error:", "# continue-on-error:", "the run failed"),
]

# What is broken in the reported spec.
BROKEN_REPORTS = [
    ("reports that are kept after a success alone", reporting.RED, "!cancelled()", "success()", "was not kept"),
    ("a gate that is skipped after a failure", reporting.RED, "    if: \"${{ always() }}\"\n    runs-on", "    runs-on", "the verdict of verdict"),
    ("a leg called by another's name", reporting.GREEN, "unit-${{ matrix.python }}-${{ matrix.shard }}\"\n      CI_GEN_OUT", "unit-3.12-${{ matrix.shard }}\"\n      CI_GEN_OUT", "the report's leg"),
]


def workflows(folder):
    """All workflows of a rendered folder."""
    return sorted((folder / ".github" / "workflows").iterdir())


def workflow(folder):
    """The one workflow of a rendered folder that no other one starts."""
    (file,) = (it for it in workflows(folder) if "  workflow_run:" not in it.read_text())
    return file


def schema(folder):
    """Findings of SchemaStore's schema."""
    run([tools.check_jsonschema(), "--builtin-schema", "vendor.github-workflows", *workflows(folder)])


def actionlint_alone(folder, *options):
    """Findings of actionlint; scripts are not handed on to other linters, which judge the user's commands."""
    run([tools.actionlint(), "-shellcheck=", "-pyflakes=", *options, *workflows(folder)])


def actionlint(folder):
    """Findings of actionlint, but for what it does not know yet.

    GitHub documents `command` of a service, SchemaStore and GitHub's own parser know it, and only a command of its own
    can give a service arguments (`options` are those of `docker create`). No release of actionlint up to 1.7.12 has it.
    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax (jobs.<job_id>.services)
    """
    actionlint_alone(folder, "-ignore", '^unexpected key "command" for "services" section')


def zizmor(folder):
    """Findings of zizmor's strictest persona. Without a network it cannot compare pins with their tags."""
    run([tools.zizmor(), "--offline", "--no-progress", "--persona", "pedantic", *workflows(folder)])


class Parser:
    """github-workflow.mjs, bundled with the packages that it imports."""

    def __init__(self, suite):
        packages = tools.workflow_parser()
        self.script = suite.work / "github-workflow.mjs"
        bundle = ["--bundle", "--platform=node", "--format=esm", "--log-level=error", f"--outfile={self.script}"]
        # The packages' CommonJS parts call `require`, which a module lacks.
        banner = "--banner:js=import{createRequire}from'module';const require=createRequire(import.meta.url);"
        environment = {**os.environ, "NODE_PATH": str(packages)}
        run([packages / ".bin" / "esbuild", HERE / "github-workflow.mjs", *bundle, banner], env=environment)

    def check(self, folder):
        """Findings of GitHub's parser."""
        for file in workflows(folder):
            run(["node", self.script, "check", file])

    def stage(self, folder):
        """Rewrites the workflow as act can execute it."""
        workflow(folder).write_text(run(["node", self.script, "stage", workflow(folder)]))


class Act:
    """act in host mode: commands run on this machine, actions have the stand-ins of `actions/`."""

    def __init__(self, suite, parser):
        self.program, self.parser, self.work = tools.act(), parser, suite.work

    def execute(self, folder, event):
        """Runs the workflow for the event; see `execution.Bench.run`."""
        file = workflow(folder)
        self.parser.stage(folder)
        home = pathlib.Path(tempfile.mkdtemp(prefix="act-", dir=self.work))
        store = home / "store"
        command = [self.program, "workflow_dispatch" if event.kind == "manual" else "push", "--json"]
        command += ["--workflows", file, "--platform", "ubuntu-24.04=-self-hosted", "--defaultbranch", "main"]
        command += ["--no-cache-server", "--no-skip-checkout"]
        stand_ins = {"REPOSITORY": folder, "STORE": store, "ARTIFACTS": HERE / "actions" / "artifacts.py"}
        for name, value in stand_ins.items():
            command += ["--env", f"CONFORMANCE_{name}={value}"]
        for action, reference in sorted(set(used(folder))):
            stand_in = HERE / "actions" / action.removeprefix("actions/")
            if not stand_in.is_dir():
                raise Finding(f"no stand-in for the action {action}")
            command += ["--local-repository", f"{action}@{reference}={stand_in}"]
        for name, value in execution.SECRETS.items():
            command += ["--secret", f"{name}={value}"]
        # act's own option for inputs cannot say which event they belong to; the event file is what GitHub sends.
        (home / "event.json").write_text(json.dumps({"inputs": event.inputs}))
        command += ["--eventpath", home / "event.json"]
        environment = {**os.environ, "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}
        done = subprocess.run([str(it) for it in command], cwd=folder, env=environment, capture_output=True, text=True)
        log = done.stdout + done.stderr
        outcome = execution.Outcome(done.returncode == 0, verdicts(folder, log), list(published(store)), readable(log))
        kept = [it for it in store.rglob("*") if it.is_file() and it.name != "kept.json"] if store.exists() else []
        outcome.artifacts = [(it.relative_to(store).parts[0], it.name) for it in kept]
        return outcome


def used(folder):
    """The actions that a workflow uses, and those that an action in the repository does."""
    for file in [workflow(folder), folder / "action.yml"]:
        yield from re.findall(r"uses: ([\w/-]+)@(\w+)", file.read_text()) if file.exists() else []


def verdicts(folder, log):
    """The verdict of each job by its name in the spec; one that act does not mention was skipped."""
    jobs = workflow(folder).read_text().partition("\njobs:\n")[2]
    names = {found[1]: found[2] for found in re.finditer(r'^  "?([\w-]+)"?:\n    name: "?([\w-]+)', jobs, re.M)}
    found = dict.fromkeys(names.values(), "skipped")
    for line in log.splitlines():
        entry = json.loads(line) if line.startswith("{") else {}
        if "jobResult" in entry and found[names[entry["jobID"]]] != "failure":
            found[names[entry["jobID"]]] = entry["jobResult"]
    return found


def published(store):
    """What the stand-in for actions/upload-artifact kept."""
    for artifact in store.iterdir() if store.exists() else []:
        for path, place in json.loads((artifact / "kept.json").read_text()):
            yield path, (artifact / "files" / place).read_text()


def readable(log):
    """The messages of act's log."""
    entries = (json.loads(it) if it.startswith("{") else {"msg": it} for it in log.splitlines())
    return "\n".join(f"{it.get('job', '')} | {it.get('msg', '').rstrip()}" for it in entries)


def checks(suite):
    """Every check of GitHub's output."""
    parser = Parser(suite)
    readers = {"SchemaStore's schema": schema, "actionlint": actionlint, "zizmor": zizmor}
    readers["GitHub's parser"] = parser.check
    for spec in suite.specs():
        folder = suite.check(f"{suite.name(spec)} renders", suite.render, spec)
        if folder is None:
            continue
        for title, reads in readers.items():
            suite.check(f"{suite.name(spec)}: {title}", reads, folder)
    act = Act(suite, parser)
    benches = execution.run_all(suite, act.execute, "act", GAPS)

    rendered = benches["execution"].rendered
    for title, reader, old, new in MISREAD:
        broken = suite.mutated(rendered, workflow(rendered).relative_to(rendered), old, new)
        suite.must_fail(f"{title}, by {reader}", readers[reader], broken)
    everything = suite.render(ROOT / "examples" / "everything" / "ci-gen.toml")
    suite.must_fail("actionlint still does not know a service's `command`", actionlint_alone, everything)
    second = ".github/workflows/everything-report.yml"
    unexcused = suite.mutated(everything, second, "# zizmor: ignore[dangerous-triggers]", "#")
    suite.must_fail("a workflow that another one starts, by zizmor", zizmor, unexcused)
    execution.break_all(suite, benches, act.execute, workflow, BROKEN)
    report_checks(suite, act)
    action.checks(suite, act)


def report_checks(suite, act=None):
    """The reported spec, executed."""
    act = act or Act(suite, Parser(suite))
    reporting.checks(suite, act.execute, "act", BROKEN_REPORTS)
