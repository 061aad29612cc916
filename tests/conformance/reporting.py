"""What a run with `[report]` must have done: a report of every leg, kept whatever came of it, and a gate that decides.

The pipelines of `specs/reported.toml` run with the real ci-gen, which they download from a release in a folder. Three
runs of each are judged: all is well, tests of one leg fail, and one leg's report is lost on its way.
"""

import hashlib
import json
import os
import pathlib
import re
import shutil
import tarfile
import tempfile
import xml.etree.ElementTree as etree
from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

import execution
from suite import ROOT, run

HERE = ROOT / "tests" / "conformance"
LEGS, MERGED = "test-results/ci-gen/", "test-results/ci-gen-merged/"
GATE = "verdict"
FAILING, LOST = "unit-3.12-2", "unit-3.13-1"
# How many tests a leg of a job has, and how often its command runs.
TESTS = {"unit": (3, 1), "below": (2, 1), "second-time": (1, 2)}
# A release is found by this variable of the machine.
URL = "CI_GEN_RELEASE_URL"


@dataclass(frozen=True)
class Case:
    """One kind of run: the leg whose tests fail, and the one whose report is lost."""

    title: str
    failing: str = ""
    lost: str = ""


GREEN = Case("all is well")
RED = Case("the tests of one leg fail", failing=FAILING)
LOSING = Case("a report is lost", lost=LOST)

# What is broken in every system's output: the case, the text and its replacement, and what must be noticed.
BROKEN = [
    ("tests that fail in vain", RED, "ci-gen run unit", "ci-gen run unit || true", "the verdict of unit"),
    ("another job's tests", GREEN, "ci-gen run unit", "CI_GEN_LEG=below ci-gen run below", "report"),
    ("tests that run twice", GREEN, "ci-gen run unit", "ci-gen run unit && ci-gen run unit", "calls"),
    ("a gate that looks elsewhere", GREEN, "--report-dir test-results/ci-gen ", "--report-dir nowhere ", "merged"),
    ("a gate that lets all pass", LOSING, "--output-dir test-results/ci-gen-merged", "--output-dir test-results/ci-gen-merged || true", "the run succeeded"),
]


def release(suite):
    """Makes a release of the binary under test in a folder, for all machines to download; gives its checksum."""
    folder = suite.work / "release"
    if not folder.exists():
        folder.mkdir()
        system = os.uname()
        archive = folder / f"ci-gen-{system.sysname}-{system.machine}.tar.gz"
        binary = folder / "ci-gen"
        run(["strip", "-o", binary, suite.ci_gen])  # as a release is: every leg unpacks it
        with tarfile.open(archive, "w:gz", compresslevel=1) as file:
            file.add(binary, "ci-gen")
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
        (folder / "SHA256SUMS").write_text(f"{digest}  {archive.name}\n")
    os.environ[URL] = folder.as_uri()
    return hashlib.sha256((folder / "SHA256SUMS").read_bytes()).hexdigest()


class Bench:
    """`reported`, rendered for one case, with the recorder beside it."""

    def __init__(self, suite, case, own=False, gate=True):
        """`own` installs ci-gen by commands of the spec; `gate` says whether the gate runs after a failure."""
        self.suite, self.case, self.gate = suite, case, gate
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="reported-bench-", dir=suite.work))
        for name in ("record.py", "tests.sh"):
            shutil.copy(HERE / name, self.place)
        lose = f'[ "${{CI_GEN_OUTPUT_DIR##*/}}" != {LOST} ] || rm -r "$CI_GEN_OUTPUT_DIR"\n'
        (self.place / "lose.sh").write_text(lose)
        spec = suite.spec("reported")
        (pin,) = re.findall(r'version .*\nchecksum = "sha256:.*"\n', spec.read_text())
        digest = release(suite)
        tool = f'checksum = "sha256:{digest}"\n'
        if own:  # a directory of the PATH, as in an image of the user's
            self.bin = self.place / "bin"
            self.bin.mkdir()
            tool = f'install = "ln -sf {suite.ci_gen} {self.bin}/ci-gen"\n'
        self.path = f"{self.place / 'bin'}:{os.environ['PATH']}"
        changes = {"/conformance/": f"{self.place}/", pin: tool}
        if case.failing:
            changes['"no leg"'] = f'"{case.failing}"'
        self.rendered = suite.render(spec, None, changes)
        (self.rendered / "tests").mkdir()  # a working directory must be there
        (self.rendered / "tests" / "empty").touch()
        if case.lost:
            change(self.rendered, "ci-gen run unit", f"ci-gen run unit && sh {self.place}/lose.sh")

    def run(self, execute, folder=None):
        """Runs the rendered folder, or a broken copy of it; everything that is not as expected is a finding."""
        log = self.place / "records.jsonl"
        log.unlink(missing_ok=True)
        folder = pathlib.Path(shutil.copytree(folder or self.rendered, tempfile.mkdtemp(dir=self.place), dirs_exist_ok=True))
        execution.commit(folder)
        plan = self.suite.plan(folder / "ci-gen.toml")
        before = os.environ["PATH"]
        os.environ["PATH"] = self.path
        try:
            outcome = execute(folder, execution.Event())
        finally:
            os.environ["PATH"] = before
        records = [json.loads(it) for it in log.read_text().splitlines()] if log.exists() else []
        wrong = Judge(self.case, plan, outcome, self.gate).judge(records)
        if wrong:
            log = ["the end of the log:", *outcome.log.splitlines()[-execution.LOG_LINES :]]
            raise execution.Differences("\n".join([*wrong[: execution.SHOWN], *log]), wrong)


def change(folder, old, new):
    """Replaces a text that must be there, in all generated files of a folder."""
    found = 0
    for file in folder.rglob("*"):
        if file.is_file() and file.name != "ci-gen.toml" and old in (text := file.read_text()):
            file.write_text(text.replace(old, new))
            found += 1
    if not found:
        raise RuntimeError(f"{folder} has no {old!r} to break")


def changed(suite, folder, old, new):
    """A copy of a folder with a text replaced."""
    copy = pathlib.Path(tempfile.mkdtemp(prefix=f"{folder.name}-broken-", dir=suite.work))
    shutil.copytree(folder, copy, dirs_exist_ok=True)
    change(copy, old, new)
    return copy


class Judge:
    """Compares what a run did with what its case asks for."""

    def __init__(self, case, plan, outcome, gate):
        self.case, self.outcome, self.wrong = case, outcome, []
        self.jobs = [it["id"] for it in plan["jobs"]]
        self.legs = {place(job["id"], leg): (job["id"], leg) for job in plan["jobs"] if job["kind"] == "test" for leg in job["legs"]}
        self.merges = gate or not case.failing
        self.files = outcome.left if outcome.published is None else outcome.published

    def judge(self, records):
        """Everything that is wrong."""
        self.calls(records)
        if self.files is not None:
            for name in self.legs:
                self.report(name)
            self.merged()
        if self.outcome.junit is not None:
            self.junit()
        self.verdicts()
        return self.wrong

    def expect(self, what, expected, found):
        """Notes a difference."""
        if expected != found:
            self.wrong.append(f"{what} must be {expected}, and is {found}")

    def calls(self, records):
        """Every leg ran its tests once, or as often as its tries want, on the right part."""
        expected = Counter({("lint/run", "", "", "", "", ""): 1})
        for name, (job, leg) in self.legs.items():
            python, shard = leg["matrix"].get("python", ""), leg.get("shard", {})
            token = execution.SECRETS["API_TOKEN"] if job == "below" else ""
            call = (name, python, str(shard.get("index", "")), str(shard.get("total", "")), token)
            expected[f"{job}/test", *call] += TESTS[job][1]
            if job == "unit":
                expected["unit/install", *call[:-1], ""] += 1
        names = ["MATRIX_PYTHON", "CI_GEN_SHARD_INDEX", "CI_GEN_SHARD_TOTAL"]
        found = Counter()
        for it in records:
            env = it["env"]
            token = env.get("API_TOKEN", "") if it["key"].endswith("/test") and it["key"].startswith("below") else ""
            directory = env.get("CI_GEN_OUTPUT_DIR", "").rpartition("/")[2]
            found[it["key"], directory, *(env.get(name, "") for name in names), token] += 1
        execution.compare(self.wrong, "calls", expected, found)

    def file(self, path):
        """The one file that was kept at a path, if there is one."""
        found = {content for it, content in self.files if it == path}
        if len(found) > 1:
            self.wrong.append(f"{path} was kept {len(found)} times with another content")
        return found.pop() if found else None

    def totals(self, name):
        """The tests of a leg: all, failed and flaky."""
        job, _ = self.legs[name]
        failed = int(name == self.case.failing)
        return Counter(tests=TESTS[job][0] + failed, failed=failed, flaky=int(job == "second-time"))

    def report(self, name):
        """The report of a leg was kept, says which leg it is of, and has all of its tests."""
        job, leg = self.legs[name]
        text = self.file(f"{LEGS}{name}/report.json")
        if name == self.case.lost:
            self.expect(f"the report of {name}", None, text)
            return
        if text is None:
            self.wrong.append(f"the report of {name} was not kept")
            return
        self.wrong += [f"{it} of {name} was not kept" for it in ("junit.xml", "report.html") if not self.file(f"{LEGS}{name}/{it}")]
        report = json.loads(text)
        run = report["run"]
        shard = leg.get("shard")
        self.expect(f"{name}, the report's job", job, run.get("job"))
        self.expect(f"{name}, the report's leg", leg["id"], run.get("leg"))
        self.expect(f"{name}, the report's shard", shard, run.get("shard"))
        self.expect(f"{name}, the report's totals", self.totals(name), counted(report))
        self.expect(f"{name}, the report's verdict", name != self.case.failing, report["verdict"]["passed"])

    def merged(self):
        """The gate has put all reports together and judged them."""
        text = self.file(f"{MERGED}report.json")
        if not self.merges:
            self.expect("the merged report, where the gate does not run", None, text)
            return
        if text is None:
            self.wrong.append("the merged report was not kept")
            return
        report = json.loads(text)
        there = [it for it in self.legs if it != self.case.lost]
        totals = sum((self.totals(it) for it in there), Counter())
        self.expect("the merged report's legs", sorted(self.legs[it][1]["id"] for it in there), sorted(it["run"]["leg"] for it in report.get("merged", [])))
        self.expect("the merged report's totals", totals, +counted(report))
        self.expect("the merged report's verdict", self.case == GREEN, report["verdict"]["passed"])
        if self.case.lost and self.legs[LOST][1]["id"] not in json.dumps(report["verdict"]["reasons"]):
            self.wrong.append(f"the merged report does not say that {LOST} is missing: {report['verdict']}")

    def junit(self):
        """What the system's own view of tests got: the file of every leg, with its tests."""
        for name in self.legs:
            found = {content for path, content in self.outcome.junit if path.endswith(f"{LEGS}{name}/junit.xml")}
            if name == self.case.lost:
                self.expect(f"the published results of {name}", set(), found)
            elif len(found) != 1:
                self.wrong.append(f"{len(found)} files of results of {name} were published")
            else:
                cases = list(etree.fromstring(found.pop()).iter("testcase"))
                failed = sum(it.find("failure") is not None for it in cases)
                totals = self.totals(name)
                self.expect(f"{name}, the published tests", (totals["tests"], totals["failed"]), (len(cases), failed))

    def verdicts(self):
        """A job with a failing test is red, and so is the gate then; and the run if any job is."""
        expected = dict.fromkeys(self.jobs, "success")
        if self.case.failing:
            expected["unit"] = "failure"
            expected[GATE] = "failure" if self.merges else "skipped"
        if self.case.lost:
            expected[GATE] = "failure"
        for job, verdict in expected.items():
            self.expect(f"the verdict of {job}", verdict, self.verdict(job))
        succeeds = self.case == GREEN
        if self.outcome.succeeded != succeeds:
            self.wrong.append(f"the run {'failed' if succeeds else 'succeeded'}")

    def verdict(self, job):
        """The verdict of a job; where a system tells those of legs, of all of them."""
        found = self.outcome.verdicts or {}
        if job in found:
            return found[job]
        parts = {it for name, it in (self.outcome.parts or {}).items() if re.match(rf"{job}(?![a-z])", name.replace("_", "-"))}
        return "failure" if "failure" in parts else parts.pop() if len(parts) == 1 else "success" if parts == {"success"} else "skipped" if not parts else str(parts)


def counted(report):
    """Those of a report's totals that are compared."""
    return Counter({name: report["totals"][name] for name in ("tests", "failed", "flaky")})


def place(job, leg):
    """The directory of a leg: the job's name and the leg's values as they are."""
    shard = [str(leg["shard"]["index"])] if "shard" in leg else []
    return "-".join([job, *leg["matrix"].values(), *shard])


class Run(NamedTuple):
    """One run to carry out: what it shows, where, and what a broken output must be told of."""

    title: str
    bench: Bench
    folder: pathlib.Path
    word: str | None


def staged(suite, broken=(), gate=True):
    """All runs of a system: the cases, then outputs that were broken on purpose, those of `BROKEN` and of `broken`.

    The first one downloads ci-gen. All others find it in a directory of the PATH, which is quicker.
    """
    release = Bench(suite, GREEN, False, gate)
    runs = [Run("with ci-gen from a release", release, release.rendered, None)]
    benches = {case: Bench(suite, case, True, gate) for case in (GREEN, RED, LOSING)}
    runs += [Run(f"where {case.title}", bench, bench.rendered, None) for case, bench in benches.items()]
    for title, case, old, new, word in [*BROKEN, *broken]:
        bench = benches[case]
        runs.append(Run(title, bench, changed(suite, bench.rendered, old, new), word))
    return runs


def checks(suite, execute, tool, broken=(), gate=True):
    """Carries out all runs of a system."""
    carry_out(suite, suite.check("reported is staged", staged, suite, broken, gate), execute, tool)


def carry_out(suite, runs, execute, tool):
    """Carries out what was staged."""
    for it in runs:
        if it.word is None:
            suite.check(f"reported, executed by {tool}, {it.title}", it.bench.run, execute, it.folder)
        else:
            suite.must_fail(f"reported, {it.title}", execution.run_wrong, it.bench, execute, it.word, it.folder)
