"""The Action, used by a workflow in every mode and run by act; linted with the workflows that its document shows."""

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

# What a later step sees: the result and the totals.
OUTPUTS = ["result", "tests", "passed", "failed", "errored", "skipped", "flaky"]
SEEN = {
    "green-results/outputs": [("passed", 5, 5, 0, 0, 0, 0)],
    "green-command/outputs": [("passed", 1, 1, 0, 0, 0, 0), ("passed", 4, 4, 0, 0, 0, 0)],
    "green-job/outputs": [("passed", 1, 1, 0, 0, 0, 1), ("passed", 2, 2, 0, 0, 0, 1)],
    "green-never/outputs": [("passed", 1, 0, 1, 0, 0, 0)],
    "green-publish/outputs": [("passed", 1, 1, 0, 0, 0, 0)],
    "red-results/outputs": [("failed", 2, 1, 1, 0, 0, 0)],
    "red-command/outputs": [("failed", 2, 2, 0, 0, 0, 0)],
    "green-merge/outputs": [("passed", 13, 13, 0, 0, 0, 2)],
    "red-merge/outputs": [("failed", 17, 16, 1, 0, 0, 2)],
}
# What was kept, by artifact: of legs, the formats that were asked for.
ALL = ["junit.xml", "report.html", "report.json", "report.md"]
KEPT = {
    "ci-gen-report-green-results-0": ALL,
    "ci-gen-report-green-command-0": ["junit.xml", "report.json"],
    "ci-gen-report-green-command-1": ["junit.xml", "report.json"],
    "ci-gen-report-green-job-0": ALL,
    "ci-gen-report-green-job-1": ALL,
    "ci-gen-report-red-results-0": ALL,
    "ci-gen-report-red-command-0": ALL,
    "ci-gen-report-red-nothing-0": ALL,
    "merged-green": ALL,
    "merged-all": ALL,
}
# Whose environment has which token: the step that publishes alone has another one than the workflow.
TOKENS = {"publish/tests": execution.SECRETS["API_TOKEN"]}
OTHER_TOKEN = "of-the-workflow"
# What else later steps saw.
QUOTED = ["it's \"quoted\" 42", "junit.xml\nreport.json"]
SAID = {
    "green-command/outputs": [[*QUOTED, '    "leg": "0, 1",'], [*QUOTED, '    "leg": "1, 4",']],
    "green-job/outputs": [["1.xml"], ["2.xml"]],
}

# What is broken in which file, and what must be noticed.
BROKEN = [
    ("reports of failures are not kept", "action.yml", "!cancelled() &&", "success() &&", "artifacts"),
    ("a wrong output", "action.yml", "outputs.failed }}", "outputs.passed }}", "green-results/outputs"),
    ("an exit code that is lost", "scripts/run.sh", 'exec ci-gen "$@"', 'ci-gen "$@" || true', "verdicts"),
    ("no pipefail", "scripts/run.sh", "bash -eo pipefail -c", "bash -e -c", "red-command"),
    ("an input that is lost", "scripts/run.sh", '--shard "$GIVEN_SHARD"', '--shard "1/2"', "green-job/outputs"),
    ("legs that have one name", "action.yml", "toJSON(matrix)", "''", "green-command/outputs"),
    ("another release than the pinned one", ".github/workflows/ci.yml", "checksum: sha256:", "checksum: sha256:0", "green-command"),
    ("a token where nothing is published", "action.yml", "inputs.publish != 'none' && ", "", "the token of never/tests"),
    ("a token that later steps have", "action.yml", 'export GITHUB_TOKEN="$GIVEN_TOKEN"', 'echo "GITHUB_TOKEN=$GIVEN_TOKEN" | tee -a "$GITHUB_ENV"', "the token of green-publish/outputs"),
    ("something published that nobody asked for", "action.yml", "    default: none\n", "    default: status\n", "told"),
    ("a token that is lost", "action.yml", "&& inputs.token ||", "&& inputs.spec ||", "told"),
    ("a summary that is not written", "scripts/run.sh", 'exec ci-gen "$@"', 'GITHUB_STEP_SUMMARY= exec ci-gen "$@"', "summary"),
]


class Bench:
    """A repository with the Action and a workflow that uses it."""

    def __init__(self, suite):
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="action-bench-", dir=suite.work))
        for name in ("record.py", "tests.sh"):
            shutil.copy(HERE / name, self.place)
        (self.place / "bin").mkdir()
        (self.place / "bin" / "ci-gen").symlink_to(suite.ci_gen)
        self.folder = self.place / "repository"
        shutil.copytree(ROOT / "scripts", self.folder / "scripts")
        shutil.copy(ROOT / "action.yml", self.folder)
        digest = reporting.release(suite)
        for source, target in [("workflow.yml", ".github/workflows/ci.yml"), ("ci-gen.toml", "project/ci-gen.toml")]:
            text = (HERE / "packages" / source).read_text().replace("/conformance/", f"{self.place}/")
            (self.folder / target).parent.mkdir(parents=True)
            (self.folder / target).write_text(text.replace("digest-of-the-list", digest))

    def run(self, act, folder=None):
        """Runs the workflow beside a code host; everything that is not as expected is a finding."""
        with vendor.Vendor() as host:
            self.run_beside(host, act, folder)

    def run_beside(self, host, act, folder):
        log = self.place / "records.jsonl"
        log.unlink(missing_ok=True)
        folder = pathlib.Path(shutil.copytree(folder or self.folder, tempfile.mkdtemp(dir=self.place), dirs_exist_ok=True))
        # act 0.2.89 knows neither `strategy.job-index` nor, in an action, `matrix`; jobs of several legs say both themselves.
        # https://docs.github.com/en/actions/reference/workflows-and-actions/contexts
        action = (folder / "action.yml").read_text().replace("strategy.job-index)", "env.CONFORMANCE_INDEX || '0')")
        action = action.replace("toJSON(matrix)", "env.CONFORMANCE_MATRIX || 'null'")
        (folder / "action.yml").write_text(action)
        workflow = folder / ".github" / "workflows" / "ci.yml"
        workflow.write_text(workflow.read_text().replace("address-of-the-vendor", host.address))
        execution.commit(folder)
        before = os.environ["PATH"]
        os.environ["PATH"] = f"{self.place / 'bin'}:{before}"
        try:
            outcome = act.execute(folder, execution.Event())
        finally:
            os.environ["PATH"] = before
        records = [json.loads(it) for it in log.read_text().splitlines()] if log.exists() else []
        wrong = judge(outcome, records, host)
        if wrong:
            raise execution.Differences("\n".join([*wrong, *outcome.log.splitlines()[-150:]]), wrong)


def judge(outcome, records, host):
    """What is wrong with a run, of which that code host was told."""
    wrong = []
    expected, found = Counter(), Counter()
    for key, all_seen in SEEN.items():
        for number, seen in enumerate(all_seen):
            said = SAID.get(key, [[]])
            expected[key, tuple(map(str, seen)), *said[number % len(said)]] += 1
    for it in records:
        if it["key"] in SEEN:
            outputs = json.loads(it["arguments"][0])
            said = it["arguments"][1:] if it["key"] in SAID else []
            found[it["key"], tuple(outputs.get(name) for name in OUTPUTS), *said] += 1
    execution.compare(wrong, "outputs", expected, found)
    verdicts = {it.partition("/")[0]: "success" if it.startswith("green") else "failure" for it in [*SEEN, "red-nothing"]}
    execution.compare(wrong, "verdicts", Counter(verdicts.items()), Counter(outcome.verdicts.items()))
    kept = Counter((name, pathlib.PurePath(path).name) for name, path in outcome.artifacts)
    execution.compare(wrong, "artifacts", Counter((name, it) for name, files in KEPT.items() for it in files), kept)
    # As act prints what a step wrote. `duration` is any number.
    for job in verdicts:
        if not re.search(rf"action/{job}\b.* Summary - ", outcome.log):
            wrong.append(f"{job} has written no summary")
    token = execution.SECRETS["API_TOKEN"]
    execution.compare(wrong, "told", Counter([("statuses", token), ("comments", token)]), Counter(set(host.told())))
    for it in records:
        if it["env"].get("GITHUB_TOKEN") != TOKENS.get(it["key"], OTHER_TOKEN) or "GIVEN_TOKEN" in it["env"]:
            wrong.append(f"the token of {it['key']} is another one")
        if it["key"] in SEEN and not re.fullmatch(r"\d+(\.\d+)?", json.loads(it["arguments"][0]).get("duration", "")):
            wrong.append(f"{it['key']}: no duration among {it['arguments'][0]}")
    return wrong


def pedantic(file):
    """Findings of zizmor's strictest persona on an action or a workflow."""
    run([tools.zizmor(), "--offline", "--no-progress", "--persona", "pedantic", file])


def actionlint(folder):
    """Findings of actionlint, which knows the inputs of an action in the repository."""
    with tempfile.TemporaryDirectory() as place:
        shutil.copytree(folder, place, dirs_exist_ok=True)
        execution.commit(place)
        run([tools.actionlint(), "-shellcheck=", "-pyflakes="], cwd=place)


def documented(suite, text):
    """The workflows of the document: the first three blocks are parts of one, the fourth is another third one, and the last
    one stands alone."""
    blocks = re.findall(r"^```yaml\n(.*?)^```", text, re.M | re.S)
    if len(blocks) != 5:
        raise Finding(f"docs/action.md has {len(blocks)} blocks of YAML, and 5 are known here")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="documented-", dir=suite.work))
    (folder / ".github" / "workflows").mkdir(parents=True)
    head = "name: documented\non: push\npermissions: {}\n"
    (folder / ".github" / "workflows" / "one.yml").write_text(head + "".join(blocks[:3]))
    (folder / ".github" / "workflows" / "two.yml").write_text("name: two\n" + blocks[4])
    (folder / ".github" / "workflows" / "three.yml").write_text(head + blocks[0] + blocks[3])
    actionlint(folder)


def checks(suite, act):
    """Every check of the Action."""
    suite.check("action.yml: zizmor", pedantic, ROOT / "action.yml")
    bench = suite.check("the Action is staged", Bench, suite)
    suite.check("a workflow with the Action: actionlint", actionlint, bench.folder)
    for name in ("ci.yml", "release.yml"):
        file = ROOT / ".github" / "workflows" / name
        if file.exists():
            suite.check(f"{name}: zizmor", pedantic, file)
            suite.check(f"{name}: actionlint", run, [tools.actionlint(), "-shellcheck=", "-pyflakes=", file])
    text = (ROOT / "docs" / "action.md").read_text()
    suite.check("the workflows of docs/action.md: actionlint", documented, suite, text)
    suite.must_fail("an unknown context in docs/action.md", documented, suite, text.replace("github.event.", "gitlab.event."))
    suite.must_fail("an unpinned action, by zizmor", pedantic, suite.mutated(bench.folder, "action.yml", "upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f", "upload-artifact@v7") / "action.yml")
    suite.must_fail("an unknown input, by actionlint", actionlint, suite.mutated(bench.folder, ".github/workflows/ci.yml", "report-dir:", "reports-dir:"))
    suite.check("the Action, executed by act", bench.run, act)
    for title, file, old, new, word in BROKEN:
        folder = suite.mutated(bench.folder, file, old, new)
        suite.must_fail(f"the Action, {title}", execution.run_wrong, bench, act, word, folder)
