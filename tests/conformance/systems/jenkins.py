"""Jenkins: read by Groovy, checked against the grammar of declarative pipelines, and run by a strict interpreter."""

import json
import os
import re
import subprocess
import tempfile

import execution
import reporting
import tools
from suite import ROOT, Finding

FOLDER = ROOT / "tests" / "conformance" / "jenkins"

# What Jenkins refuses before a build begins: on `everything`, what is replaced, by what.
INVALID = [
    ("ill-formed Groovy", r"\npipeline \{", "\npipeline {{"),
    ("an unknown directive", r"agent none", "agent none\n  machine 'big'"),
    ("an unknown step", r"\bdeleteDir\(\)", "deleteDirectory()"),
    ("an unknown argument", r"allowEmptyResults: true", "allowEmpty: true"),
    ("an argument of a wrong type", r"time: 30,", "time: '30',"),
    ("an unknown value", r"unit: 'MINUTES'", "unit: 'MINUTE'"),
    ("an unknown comparator", r"comparator: 'REGEXP'", "comparator: 'REGEX'"),
    ("a function with an argument too many", r"prepare_unit\(\)\n", "prepare_unit('x')\n"),
    ("a stage without steps", r"steps \{\n *prepare_unit\(\)\n *\}", ""),
    ("a stage name twice", r"\(3\.12, 16, 2/2\)'", "(3.12, 16, 1/2)'"),
    ("code among declarations", r"(stages \{\n)", r"\1 def x = 1\n"),
    ("a second agent", r"agent none", "agent none\n  agent any"),
    ("an unknown block", r"environment \{", "variables {"),
]
# What only a run shows: the scenario, what is replaced, by what, and what the finding must speak of.
WRONG_RUNS = [
    ("a script without an interpreter", "failures", r"#!/usr/bin/env bash\n", "", "calls"),
    ("a failing pipe that is passed over", "failures", r"set -eo pipefail", "set -e", "pipe/never"),
    ("a failing line that is passed over", "failures", r"set -eo pipefail", "", "never"),
    ("reports that are not read after a failure", "failures", r"always \{(\s+junit)", r"success {\1", "published files"),
    ("a failure that may be and is not caught", "tolerated", r"catchError\(.*\)", "timeout(time: 1, unit: 'HOURS')", "the run failed"),
    ("a try too few", "tolerated", r"retry\(2\)", "retry(1)", "recovers/run"),
    ("a wrong value of a leg", "nasty-matrices", r"MATRIX_FRUIT = 'apple'", "MATRIX_FRUIT = 'plum'", "extended/run"),
    ("a wrong total of shards", "nasty-matrices", r"CI_GEN_SHARD_TOTAL = '3'", "CI_GEN_SHARD_TOTAL = '4'", "sharded/test"),
    ("a wrong exclude", "nasty-matrices", r"(excludes \{\s+exclude \{\s+axis \{\s+name 'MATRIX_A'\s+values )'1'", r"\1'2'", "partial/run"),
    ("a dollar sign that is expanded", "nasty-strings", r"\$\$HOME", "$HOME", "DOLLARS"),
]

# What is broken in the reported spec.
BROKEN_REPORTS = [
    ("reports that are kept after a success alone", reporting.RED, "always {", "success {", "was not kept"),
    ("a gate that is skipped after a failure", reporting.RED, "catchError(buildResult: 'FAILURE', stageResult: 'FAILURE')", "timeout(time: 1, unit: 'HOURS')", "the verdict of verdict"),
    ("results that lie elsewhere", reporting.GREEN, "/junit.xml", "/unit.xml", "files of results"),
]


class Interpreter:
    """One process of Groovy that answers all questions."""

    def __init__(self, suite):
        self.work = suite.work
        command = [tools.groovy(), "-cp", FOLDER, FOLDER / "Declarative.groovy"]
        env = {**os.environ, "JAVA_HOME": str(tools.java_home()), "JAVA_OPTS": "-XX:TieredStopAtLevel=1 -Dfile.encoding=UTF-8"}
        self.process = subprocess.Popen(
            [str(it) for it in command], env=env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def ask(self, **request):
        """The answer to a request; problems of the file are a finding."""
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the interpreter ended")
        answer = json.loads(line)
        if "fault" in answer:
            raise RuntimeError(answer["fault"])
        if answer.get("problems"):
            raise Finding("\n".join(answer["problems"]))
        return answer

    def valid(self, folder):
        """Findings of Groovy and of the grammar."""
        self.ask(text=(folder / "Jenkinsfile").read_text(), folder=None)

    def run(self, suite, folder, event):
        """Executes the Jenkinsfile of a folder; gives the `Outcome`."""
        sha = ["git", "-C", folder, "rev-parse", "HEAD"]
        commit = subprocess.run(sha, check=True, capture_output=True, text=True).stdout.strip()
        inputs = {"INPUT_" + re.sub(r"[^A-Za-z0-9]", "_", name).upper(): value for name, value in event.inputs.items()}
        answer = self.ask(
            text=(folder / "Jenkinsfile").read_text(),
            folder=str(folder),
            place=tempfile.mkdtemp(prefix="jenkins-", dir=self.work),
            commit=commit,
            machine={name: os.environ[name] for name in ("PATH", reporting.URL) if name in os.environ},
            event={"kind": event.kind, "inputs": inputs, "secrets": execution.SECRETS},
        )
        plan = suite.plan(folder / "ci-gen.toml")
        verdicts = {job["id"]: verdict(job["id"], answer["stages"]) for job in plan["jobs"]}
        legs = {leg["id"] for job in plan["jobs"] for leg in job["legs"]}
        legs |= {reporting.place(job["id"], leg) for job in plan["jobs"] for leg in job["legs"]}
        files = [(path.partition("/")[2] if path.partition("/")[0] in legs else path, text) for path, text in answer["archived"]]
        published = files + [tuple(it) for it in answer["reports"]]
        return execution.Outcome(answer["result"] == "SUCCESS", verdicts, published, answer["log"], [tuple(it) for it in answer["reports"]])

    def close(self):
        """Ends the process."""
        self.process.stdin.close()
        self.process.wait()


def verdict(job, stages):
    """The verdict of a job: that of the stage with its name; what is tolerated is a success."""
    found = {it["verdict"] for it in stages if it["name"] == job}
    if len(found) != 1:
        return f"{sorted(found)} by {[it['name'] for it in stages]}"
    return found.pop().replace("tolerated", "success")


def earlier(plan, name):
    """The jobs of all stages before that of a job: after a failure Jenkins starts no further stage.

    Jobs are in stages by what they need: side by side those of one leg, behind them each job with several.
    """
    jobs = {it["id"]: it for it in plan["jobs"]}
    several = lambda job: any(leg["matrix"] or "shard" in leg for leg in job["legs"])
    level = lambda job: 1 + max((level(jobs[need]) for need in job["needs"]), default=0)
    order = list(jobs)
    place = lambda it: (level(jobs[it]), 1 + order.index(it) if several(jobs[it]) else 0)
    return [it for it in jobs if place(it) < place(name)]


def replaced(suite, folder, pattern, new):
    """A copy of a rendered folder, in which something was replaced that must be there."""
    text = (folder / "Jenkinsfile").read_text()
    broken = re.sub(pattern, new, text)
    if broken == text:
        raise RuntimeError(f"the Jenkinsfile has no {pattern} to break")
    return suite.mutated(folder, "Jenkinsfile", text, broken)


def checks(suite):
    """Every check of Jenkins' output."""
    interpreter = Interpreter(suite)
    everything = None
    for spec in suite.specs():
        folder = suite.check(f"{suite.name(spec)} renders", suite.render, spec)
        if folder is None:
            continue
        suite.check(f"{suite.name(spec)} is a declarative pipeline", interpreter.valid, folder)
        everything = folder if suite.name(spec) == "everything" else everything
    for title, old, new in INVALID:
        suite.must_fail(title, interpreter.valid, replaced(suite, everything, old, new))

    execute = lambda folder, event: interpreter.run(suite, folder, event)
    benches = {}
    for name, event in execution.SCENARIOS:
        bench = benches.setdefault((name, event.kind), execution.Bench(suite, name, event, earlier=earlier))
        suite.check(f"{name} runs as it must ({event.kind})", bench.run, execute)
    for title, name, old, new, word in WRONG_RUNS:
        bench = benches[name, "push"]
        broken = replaced(suite, bench.rendered, old, new)
        suite.must_fail(title, execution.run_wrong, bench, execute, word, broken)
    interpreter.close()
    report_checks(suite)


def report_checks(suite):
    """The reported spec, executed."""
    interpreter = Interpreter(suite)
    execute = lambda folder, event: interpreter.run(suite, folder, event)
    reporting.checks(suite, execute, "a strict interpreter", BROKEN_REPORTS)
    interpreter.close()
