"""Travis CI: the vendor's schema, and what it lets pass although the service refuses, ignores or misreads it."""

import re
import shlex

import reporting
import tools
from agents import bench, travis
from agents.travis_condition import Condition
from documents import read, require
from suite import run

FILE = ".travis.yml"
# https://config.travis-ci.com/
DOCUMENT = {"version", "if", "branches", "env", "stages", "jobs", "language", "os", "dist", "git", "notifications"}
JOB = {
    "name", "stage", "os", "dist", "arch", "language", "git", "cache", "services", "env", "if", "workspaces", "vm",
    "before_install", "install", "before_script", "script", "after_success", "after_failure", "after_script",
    "before_cache", "python", "node_js", "go", "rust", "jdk", "dotnet", "mono", "ruby", "rvm", "php", "osx_image",
    "group", "virt",
}
# https://docs.travis-ci.com/user/build-matrix/
JOBS = 200


def schema(folder):
    """Findings of the vendor's schema."""
    run([tools.check_jsonschema(), "--builtin-schema", "vendor.travis", folder / FILE])


def assignments(values, at):
    """`env` is a list of texts, each one assignment of a name to one shell word."""
    for value in values or []:
        try:
            words = shlex.split(value)
        except (ValueError, AttributeError):
            words = []
        if len(words) != 1 or not re.match(r"[A-Za-z_]\w*=", words[0]):
            yield f"{at}: {value!r} is not an assignment"


def condition(text, at):
    """`if` is made of nothing but the language of conditions."""
    wrong = Condition(text).wrong if text else None
    return [f"{at}: the condition is wrong at {wrong}"] if wrong else []


def rules(folder):
    """What the schema lets pass: unknown keys, too many jobs, `env` without `=`, bad conditions, missing scripts."""
    document = read(folder / FILE)
    findings = [f"unknown key {key}" for key in set(document) - DOCUMENT]
    findings += assignments(document.get("env", {}).get("global"), "env")
    findings += condition(document.get("if"), "if")
    jobs = document["jobs"]["include"]
    if not 0 < len(jobs) <= JOBS:
        findings.append(f"{len(jobs)} jobs")
    names = [job["name"] for job in jobs]
    findings += [f"two jobs are called {name}" for name in set(names) if names.count(name) > 1]
    for job in jobs:
        at = f"job {job['name']}"
        findings += [f"{at} has the unknown key {key}" for key in set(job) - JOB]
        findings += assignments(job.get("env"), at)
        findings += condition(job.get("if"), at)
        if job["os"] not in ("linux", "windows", "freebsd"):
            findings.append(f"{at} asks for {job['os']}, which Travis CI no longer has")
        if job.get("stage") not in document.get("stages", [None]):
            findings.append(f"{at} is in the unknown stage {job.get('stage')}")
        if "language" not in job or "script" not in job or "install" not in job:
            findings.append(f"{at} lacks language, install or script, and would get Travis CI's defaults")
        for script in re.findall(r"\.travis/[\w./-]+\.sh", str(job)):
            if not (folder / script).is_file():
                findings.append(f"{at} runs {script}, which was not written")
    require(findings)


def scripts(folder):
    """Findings of bash in the scripts that the jobs run."""
    for script in sorted(folder.glob(".travis/**/*.sh")):
        run(["bash", "-n", script])


# What is broken in the reported spec.
BROKEN_REPORTS = [
    ("a leg called by another's name", reporting.GREEN, "CI_GEN_LEG=unit-3.13-1", "CI_GEN_LEG=unit-3.12-1", "the report's leg"),
    ("reports that do not reach the gate", reporting.GREEN, "use: [unit-3-12-1, ", "use: [", "merged"),
]


def checks(suite):
    """Every check of Travis CI's output."""
    for spec in suite.specs():
        folder = suite.check(f"{suite.name(spec)} renders", suite.render, spec)
        if folder is not None:
            suite.check(f"{suite.name(spec)} fits the schema", schema, folder)
            suite.check(f"{suite.name(spec)} keeps the rules", rules, folder)
            suite.check(f"{suite.name(spec)} has scripts that bash reads", scripts, folder)
    sample = suite.render(suite.spec("sample"))
    broken = lambda old, new, file=FILE: suite.mutated(sample, file, old, new)
    suite.must_fail("an unknown dist", schema, broken("dist: noble", "dist: nowhere"))
    suite.must_fail("an unknown key of the document", rules, broken("\njobs:", "\nmatrices: {}\n\njobs:"))
    suite.must_fail("an unknown key of a job", rules, broken("stage: lint\n", "stage: lint\n      retry: 2\n"))
    suite.must_fail("an environment without =", rules, broken("- MATRIX_PYTHON=3.10", "- MATRIX_PYTHON"))
    suite.must_fail("an environment of two words", rules, broken("- MATRIX_PYTHON=3.10", "- A=1 B=2"))
    suite.must_fail("a condition that does not parse", rules, broken("type = push", "type == push"))
    suite.must_fail("parentheses that do not match", rules, broken("type = push AND (", "type = push AND (("))
    suite.must_fail("macOS", rules, broken("os: linux", "os: osx"))
    suite.must_fail("an unknown stage", rules, broken("stage: report", "stage: reports"))
    suite.must_fail("a script that is not there", rules, broken(".travis/unit/test.sh", ".travis/unit/tests.sh"))
    suite.must_fail("two jobs of one name", rules, broken("name: report", "name: lint"))
    suite.must_fail("too many jobs", rules, broken("\njobs:\n  include:\n", "\njobs:\n  include:\n" + many_jobs()))
    suite.must_fail("a script that bash cannot read", scripts, broken("set -eo", "if set -eo", ".travis/unit/test.sh"))
    bench.checks(
        suite,
        travis.execute,
        FILE,
        [
            ("a wrong shard", "execution", "CI_GEN_SHARD_INDEX=2", "CI_GEN_SHARD_INDEX=1"),
            ("a value that the shell splits", "execution", "\"LABEL='3.10 sqlite'\"", "LABEL=3.10 sqlite"),
            ("a failure that no longer may be", "tolerated", "allow_failures:", "allow_failure:"),
            ("a condition that always holds", "nasty-inputs", "if: type = api AND env(INPUT_COUNT) = 7", "if: type = push"),
        ],
        bench.stages,
    )
    report_checks(suite)


def report_checks(suite):
    """The reported spec, executed."""
    reporting.checks(suite, travis.execute, "a stand-in", BROKEN_REPORTS, gate=False)


def many_jobs():
    """Two hundred more jobs."""
    job = "    - {{ name: more {}, stage: lint, os: linux, language: minimal, install: skip, script: make }}\n"
    return "".join(job.format(index) for index in range(JOBS))
