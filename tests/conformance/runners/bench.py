"""Runs one case of a runner with the real `ci-gen run`, and compares its report with what is in the project."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import xml.etree.ElementTree as etree
from collections import Counter
from dataclasses import dataclass, field
from typing import Callable

from suite import ROOT, Finding

PROJECTS = ROOT / "tests" / "conformance" / "runners"
OUTPUT = "ci-gen-output"
STATUSES = ["passed", "failed", "errored", "skipped"]
# Seconds that ci-gen allows any run, unless a case says otherwise, and those in which it must have ended what is over.
LIMIT, SLACK = 240, 60
# What the machine of the suite says to CI tools and to runners is not meant for these runs.
FOREIGN = ("CI", "GITHUB_", "GITLAB_", "PYTEST_", "NODE_", "JEST_", "VITEST", "NEXTEST_", "CARGO_TARGET_DIR", "RUSTFLAGS", "GOFLAGS", "MAVEN_")

# What cases are called, where several runners have them.
GREEN = "all is well"
MIXED = "tests end in every way"
FLAKY = "a flaky test is tried again"
OWN = "the runner itself repeats a flaky test"
CRASH = "the process dies"
LEAVE = "the process leaves in the middle and says that all is well"
LOAD = "a file that cannot be loaded"
HANG = "a test hangs"
# What is lost when nobody wrote a file: the one that was named, and so any result.
NOTHING = ["missing-results", "no-results"]
RETRY = ["--retry", "1"]


@dataclass(frozen=True)
class Case:
    """One run: the parts of the project that run, and what must come out.

    `tests` are lines such as `failed adds`, and `flaky adds` for a test that failed and then passed. `reasons` are the
    codes of everything that speaks against the run; without any it has to be green. `alone` are the tests that have to
    run again with nothing beside them, where the runner can be told.
    """

    title: str
    parts: str
    tests: list
    reasons: list = field(default_factory=list)
    flags: list = field(default_factory=list)
    env: dict = field(default_factory=dict)
    limit: int = LIMIT
    alone: list = field(default_factory=list)


@dataclass(frozen=True)
class Broken:
    """A change of the project that must be noticed in a case: the file, the text and its replacement."""

    case: str
    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Runner:
    """A runner: `command(*parts)` installs it and gives its command; `results` is where it writes them."""

    name: str
    project: str
    results: str
    command: Callable
    cases: list
    broken: list
    env: dict = field(default_factory=dict)

    def case(self, title):
        """The case of a title."""
        (case,) = [it for it in self.cases if it.title == title]
        return case


@dataclass(frozen=True)
class Ran:
    """What came of a run, and how many seconds it took."""

    code: int
    seconds: float
    report: dict
    junit: etree.Element
    printed: str


def hangs(parts, tests, reasons):
    """A case whose tests have no end; the limit leaves a busy machine time to come that far."""
    return Case(HANG, parts, tests, ["timeout", *reasons], limit=60)


def project(suite, runner):
    """A copy of a runner's project outside the checkout."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"runner-{runner.project}-", dir=suite.work))
    return shutil.copytree(PROJECTS / runner.project, folder, dirs_exist_ok=True)


def run(suite, runner, case, folder):
    """Runs the tests of one case in a copy of the project. A run that does not end, or without a report, is a finding."""
    shutil.rmtree(folder / OUTPUT, ignore_errors=True)
    for old in [*folder.glob(runner.results), *folder.rglob("wavered")]:
        old.unlink()
    command = [suite.ci_gen, "run", "--provider", "local", "--output-dir", OUTPUT, "--results", runner.results]
    command += [*case.flags, "--timeout", case.limit, "--", *runner.command(*case.parts.split())]
    env = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    started = time.monotonic()
    done = subprocess.Popen(
        [str(it) for it in command],
        cwd=folder,
        env={**env, **runner.env, **case.env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    try:
        printed, _ = done.communicate(timeout=2 * case.limit + SLACK)
    except subprocess.TimeoutExpired as late:
        done.terminate()  # ci-gen ends what it started
        raise Finding(f"ci-gen did not end\n{done.communicate()[0]}") from late
    seconds = time.monotonic() - started
    report, junit = folder / OUTPUT / "report.json", folder / OUTPUT / "junit.xml"
    if not report.exists() or not junit.exists():
        raise Finding(f"ci-gen exited {done.returncode} and wrote no report\n{printed}")
    return Ran(done.returncode, seconds, json.loads(report.read_text()), etree.parse(junit).getroot(), printed)


def judge(case, ran):
    """Everything in which a run differs from what its case asks for is a finding."""
    wrong = []

    def expect(what, expected, found):
        if expected != found:
            wrong.append(f"{what} must be {expected}, and is {found}")

    verdict = ran.report["verdict"]
    expect("the exit code", 1 if case.reasons else 0, ran.code)
    expect("that the verdict is good", not case.reasons, verdict["passed"])
    expect("the reasons", sorted(case.reasons), sorted({it["code"] for it in verdict["reasons"]}))
    totals = {name: value for name, value in ran.report["totals"].items() if name != "duration"}
    expect("the totals", sums(case.tests), totals)
    expect("the tests", sorted(case.tests), sorted(line(it) for it in ran.report["cases"]))
    kinds = Counter(kind(it) for it in ran.junit.iter("testcase"))
    kinds["errored"] -= len([it for it in verdict["reasons"] if it["code"] != "failures"])  # each is an element there
    expect("the tests in junit.xml", {it: totals[it] for it in STATUSES}, {it: kinds[it] for it in STATUSES})
    if case.alone:
        again = [it["name"] for it in ran.report["cases"] if it.get("attempts")]
        expect("the tests that ran again", case.alone, again)
    if "timeout" in case.reasons and not case.limit <= ran.seconds < case.limit + SLACK:
        wrong.append(f"the limit is {case.limit} seconds, and it took {ran.seconds:.0f}")
    if wrong:
        reasons = [f"{it['code']}: {it['message']}" for it in verdict["reasons"]]
        raise Finding("\n".join([*wrong, "the reasons in full:", *reasons, "what was printed:", ran.printed[-4000:]]))


def sums(tests):
    """The totals of these tests."""
    words = Counter(it.split(" ")[0] for it in tests)
    counts = {it: words[it] for it in STATUSES}
    counts["passed"] += words["flaky"]
    return {"tests": len(tests), **counts, "flaky": words["flaky"]}


def line(case):
    """A test of a report, as cases write it."""
    return f"{'flaky' if case.get('flaky') else case['status']} {case['name']}"


def kind(element):
    """How a test of a JUnit file ended."""
    tags = {it.tag for it in element}
    return "errored" if "error" in tags else "failed" if "failure" in tags else "skipped" if "skipped" in tags else "passed"
