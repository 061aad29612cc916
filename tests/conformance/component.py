"""The GitLab component, included by a pipeline in every mode and run by gitlab-ci-local; read by GitLab's schema."""

import json
import os
import pathlib
import re
import shutil
import tempfile
from collections import Counter

import execution
import reporting
import tools
import vendor
from suite import ROOT, Finding, run

HERE = ROOT / "tests" / "conformance"
FILE, TEMPLATE = ".gitlab-ci.yml", "templates/ci-gen.yml"
TOTALS = ["tests", "passed", "failed", "flaky"]
# By job: where its reports are, whether the verdict is a pass, the totals, and the files.
ALL = ["junit.xml", "report.html", "report.json", "report.md"]
KEPT = {
    "green-results": ("reports/green-results", True, (5, 5, 0, 0), ALL),
    "green-command": ("reports/green-command", True, (4, 4, 0, 0), ["junit.xml", "report.json"]),
    "green-job": ("reports/green-job", True, (1, 1, 0, 1), ALL),
    "green-other": ("reports/green-other", True, (2, 2, 0, 1), ALL),
    "green-never": ("reports/green-never", True, (1, 0, 1, 0), ALL),
    "green-publish": ("published", True, (1, 1, 0, 0), ALL),
    "red-command": ("reports/red-command", False, (2, 2, 0, 0), ALL),
    "red-tests": ("reports/red-tests", False, (3, 2, 1, 0), ALL),
    "red-nothing": ("reports/red-nothing", False, (0, 0, 0, 0), ALL),
    "green-merge": ("merged", True, (12, 12, 0, 2), ALL),
    "red-merge": ("merged", False, (18, 16, 2, 2), ALL),
}

# What is broken in the component, and what must be noticed.
BROKEN = [
    ("reports of failures are not kept", "when: always", "when: on_success", "red-tests"),
    ("an exit code that is lost", 'exec ci-gen "$@"', 'ci-gen "$@" || true', "verdicts"),
    ("no pipefail", "bash -eo pipefail -c", "bash -e -c", "red-command"),
    ("an input that is lost", 'GIVEN_SHARD: { value: "$[[ inputs.shard ]]"', 'GIVEN_SHARD: { value: "1/2"', "green-other"),
    ("a command whose dollar signs GitLab expands", 'GIVEN_COMMAND: { value: "$[[ inputs.command ]]", expand: false }', 'GIVEN_COMMAND: { value: "$[[ inputs.command ]]" }', "calls"),
    ("something published that nobody asked for", "default: none\n    update-interval:", "default: status\n    update-interval:", "told"),
    ("an input that is lost", 'GIVEN_PUBLISH: { value: "$[[ inputs.publish ]]"', 'GIVEN_PUBLISH: { value: "status"', "told"),
    ("another release than the pinned one", 'CI_GEN_CHECKSUM: { value: "$[[ inputs.checksum ]]"', 'CI_GEN_CHECKSUM: { value: "0$[[ inputs.checksum ]]"', "green-command"),
]


class Bench:
    """A repository with the component and a pipeline that includes it."""

    def __init__(self, suite):
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="component-bench-", dir=suite.work))
        for name in ("record.py", "tests.sh"):
            shutil.copy(HERE / name, self.place)
        (self.place / "bin").mkdir()
        (self.place / "bin" / "ci-gen").symlink_to(suite.ci_gen)
        self.folder = self.place / "repository"
        (self.folder / "templates").mkdir(parents=True)
        (self.folder / "project").mkdir()
        shutil.copy(ROOT / TEMPLATE, self.folder / "templates")
        digest = reporting.release(suite)
        for source, target in [("gitlab-ci.yml", FILE), ("ci-gen.toml", "project/ci-gen.toml")]:
            text = (HERE / "packages" / source).read_text().replace("/conformance/", f"{self.place}/")
            (self.folder / target).write_text(text.replace("digest-of-the-list", digest))

    def committed(self, folder=None, address="http://localhost"):
        """A copy of the repository with one commit; the code host has that address."""
        folder = pathlib.Path(shutil.copytree(folder or self.folder, tempfile.mkdtemp(dir=self.place), dirs_exist_ok=True))
        (folder / FILE).write_text((folder / FILE).read_text().replace("address-of-the-vendor", address))
        execution.commit(folder)
        return folder

    def run(self, local, folder=None):
        """Runs the pipeline beside a code host; everything that is not as expected is a finding."""
        with vendor.Vendor() as host:
            self.run_beside(host, local, folder)

    def run_beside(self, host, local, folder):
        """Runs it beside that code host."""
        log = self.place / "records.jsonl"
        log.unlink(missing_ok=True)
        folder = self.committed(folder, host.address)
        before = os.environ["PATH"]
        os.environ["PATH"] = f"{self.place / 'bin'}:{before}"
        try:
            done = local.command(folder, execution.Event(), "--force-shell-executor")
        finally:
            os.environ["PATH"] = before
        records = [json.loads(it) for it in log.read_text().splitlines()] if log.exists() else []
        output = done.stdout + done.stderr
        wrong = judge(folder / ".gitlab-ci-local" / "artifacts", output, records, host)
        if wrong:
            raise execution.Differences("\n".join([*wrong, *output.splitlines()[-80:]]), wrong)

    def schema(self, local, folder=None):
        """Findings of GitLab's schema on the pipeline with the component filled in."""
        done = local.command(self.committed(folder), execution.Event(), "--preview")
        text = done.stdout.partition("---\n")[2]
        if done.returncode != 0 or not text:
            raise Finding(done.stdout + done.stderr)
        file = self.place / "preview.yml"
        file.write_text(text)
        run([tools.check_jsonschema(), "--builtin-schema", "vendor.gitlab-ci", file])

    def header(self, folder=None):
        """Findings of GitLab's schema on what describes the inputs."""
        file = self.place / "header.yml"
        file.write_text(((folder or self.folder) / TEMPLATE).read_text().partition("\n---\n")[0])
        run([tools.check_jsonschema(), "--builtin-schema", "vendor.gitlab-ci", file])


def judge(artifacts, output, records, host):
    """What is wrong with a run, of which that code host was told."""
    wrong = []
    states = dict((name, state) for state, name in re.findall(r"^ (PASS|WARN|FAIL)  (\S+)", output, re.M))
    expected = {"make": "PASS"} | {it: "PASS" if it.startswith("green") else "FAIL" for it in KEPT}
    execution.compare(wrong, "verdicts", Counter(expected.items()), Counter((it, states.get(it)) for it in expected))
    said = [tuple(it["arguments"]) for it in records if it["key"] == "command/said"]
    execution.compare(wrong, "calls", Counter([('it\'s "quoted" 42', "$CI_COMMIT_BRANCH")]), Counter(said))
    # All jobs have the same token, so it counts how much was said: that the tests run, how they ended, and a comment.
    told = Counter({("statuses", "of-the-project"): 2, ("notes", "of-the-project"): 1})
    execution.compare(wrong, "told", told, host.told())
    for job, (place, passed, totals, files) in KEPT.items():
        folder = artifacts / job / place
        found = sorted(it.name for it in folder.iterdir()) if folder.is_dir() else []
        if found != files:
            wrong.append(f"{job} kept {found}")
        if "report.json" in found:
            report = json.loads((folder / "report.json").read_text())
            seen = report["verdict"]["passed"], tuple(report["totals"][name] for name in TOTALS)
            if seen != (passed, totals):
                wrong.append(f"{job} reported {seen}, not {(passed, totals)}")
    return wrong


def checks(suite, local):
    """Every check of the component."""
    bench = suite.check("the component is staged", Bench, suite)
    suite.check("the component, filled in: GitLab's schema", bench.schema, local)
    suite.check("the component's inputs: GitLab's schema", bench.header)
    broken = lambda old, new: suite.mutated(bench.folder, TEMPLATE, old, new)
    suite.must_fail("an unknown key in the component, by GitLab's schema", bench.schema, local, broken("  artifacts:", "  artefacts:"))
    suite.must_fail("an unknown key of an input, by GitLab's schema", bench.header, broken('options: ["failures", "never"]', 'options: failures'))
    suite.check("the component, executed by gitlab-ci-local", bench.run, local)
    for title, old, new, word in BROKEN:
        suite.must_fail(f"the component, {title}", execution.run_wrong, bench, local, word, broken(old, new))
