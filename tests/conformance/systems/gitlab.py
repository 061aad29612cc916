"""GitLab CI: GitLab's schema, and every executed spec run by gitlab-ci-local."""

import fnmatch
import os
import re
import subprocess
import tempfile
import tomllib

import component
import execution
import reporting
import tools
from suite import Finding, run

FILE = ".gitlab-ci.yml"

# What is broken in which executed spec, and what must be noticed.
BROKEN = [
    ("a wrong total of shards", "execution", 'CI_GEN_SHARD_TOTAL: "2"', 'CI_GEN_SHARD_TOTAL: "3"', "CI_GEN_SHARD_TOTAL"),
    ("another value of a variable", "nasty-inputs", 'value: "42"', 'value: "43"', "commands/install"),
    ("a leg too many", "nasty-matrices", 'MATRIX_A: ["2"]', 'MATRIX_A: ["1", "2"]', "partial/run"),
    ("no pipefail", "failures", "set -eo pipefail", "set -e; set +o pipefail", "pipe/never"),
    ("no errexit", "failures", "set -eo pipefail", "set +e; set -o pipefail", "first-line/never"),
    ("results are not kept", "failures", "    reports:\n", "    report:\n", "missing ('results/unit.xml'"),
    ("artifacts of successes", "failures", "when: on_failure", "when: always", "unexpected ('failure.txt'"),
    ("needs left out", "failures", "needs: [kept, first-line]", "needs: [kept]", "dependent/never"),
    ("no retry", "tolerated", "retry: 1", "retry: 0", "recovers/run"),
    ("failures not allowed", "tolerated", "allow_failure: true", "allow_failure: false", "the run failed"),
]

# What is broken in the reported spec.
BROKEN_REPORTS = [
    ("reports that are not kept", reporting.RED, 'paths: ["test-results/ci-gen/unit-', 'paths: ["nothing-', "was not kept"),
    ("a gate that is skipped after a failure", reporting.RED, "  stage: .post\n  when: always\n", "  stage: .post\n", "the verdict of verdict"),
    ("a leg called by another's name", reporting.GREEN, "unit-$MATRIX_PYTHON-$CI_GEN_SHARD_INDEX\"\n    CI_GEN_OUT", "unit-3.12-$CI_GEN_SHARD_INDEX\"\n    CI_GEN_OUT", "the report's leg"),
    ("results that lie elsewhere", reporting.GREEN, "/junit.xml", "/unit.xml", "files of results"),
]


def schema(folder):
    """Findings of GitLab's schema."""
    run([tools.check_jsonschema(), "--builtin-schema", "vendor.gitlab-ci", folder / FILE])


class Local:
    """gitlab-ci-local with its shell executor: commands run on this machine, each job in a copy of the repository."""

    def __init__(self, suite):
        self.program, self.work = tools.gitlab_ci_local(), suite.work

    def command(self, folder, event, *arguments):
        """Runs gitlab-ci-local for the event, away from the user's settings and caches."""
        home = tempfile.mkdtemp(prefix="gitlab-", dir=self.work)
        options = ["--home", home, "--shell-isolation", "--no-json-schema-validation", *arguments]
        variables = {**execution.SECRETS, **({"CI_PIPELINE_SOURCE": "web"} if event.kind == "manual" else {})}
        variables |= {"INPUT_" + name.upper().replace("-", "_"): value for name, value in event.inputs.items()}
        for name, value in variables.items():
            # A reference to another variable is expanded in the values that a person fills in; `$$` is a dollar sign.
            # https://docs.gitlab.com/ci/variables/#prevent-cicd-variable-expansion
            options += ["--variable", f"{name}={value.replace('$', '$$')}"]
        return subprocess.run(
            [str(it) for it in [*self.program, *options]],
            cwd=folder,
            env={**os.environ, "HOME": home, "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )

    def lists(self, folder):
        """Findings of gitlab-ci-local when it only reads the file: includes, rules, needs."""
        execution.commit(folder)
        done = self.command(folder, execution.Event(), "--list-json")
        if done.returncode != 0:
            raise Finding(done.stdout + done.stderr)

    def execute(self, folder, event):
        """Runs the pipeline for the event; see `execution.Bench.run`."""
        reports = list(reports_of(folder / FILE))
        only_failed = stage(folder / FILE)
        done = self.command(folder, event)
        log = done.stdout + done.stderr
        states = re.findall(r"^ (PASS|WARN|FAIL)  (.+?)(?: +pre_script)? *$", log, re.M)
        kept = list(published(folder, states, only_failed))
        junit = [it for it in kept if any(fnmatch.fnmatchcase(it[0], pattern) for pattern in reports)]
        return execution.Outcome(done.returncode == 0, verdicts(folder, states), kept, log, junit)


def reports_of(file):
    """Patterns of the files that jobs hand to GitLab's view of tests; a variable may be anything."""
    for listed in re.findall(r"\n    reports:\n      junit: \[(.*)\]", file.read_text()):
        for path in listed.split(", "):
            yield re.sub(r"\$\w+", "*", path.strip('"'))


LOOP = """\
      attempt() (
BODY
      )
      set +e
      for number in $(seq 0 LAST); do
        attempt
        status=$?
        if [ "$status" -eq 0 ]; then break; fi
      done
      exit "$status"
"""


def stage(file):
    """Rewrites what gitlab-ci-local 4.75.1 does not know; gives the jobs whose artifacts are kept only after a failure.

    It keeps no reports but `dotenv`, which GitLab always uploads, so they become artifacts. It takes `on_failure` for
    `on_success`, so these are kept always, and `published` leaves out those of jobs that succeeded.
    It runs no job twice, so `retry` becomes a loop.
    https://docs.gitlab.com/ci/yaml/#artifactsreports, https://docs.gitlab.com/ci/yaml/#artifactswhen,
    https://docs.gitlab.com/ci/yaml/#retry
    """
    text, only_failed = file.read_text(), set()
    blocks = re.split(r"^(?=\S)", text, flags=re.M)
    for index, block in enumerate(blocks):
        if "\n    when: on_failure\n" in block:
            only_failed.add(block.partition(":\n")[0].strip('"'))
            block = block.replace("\n    when: on_failure\n", "\n    when: always\n")
        reports = re.search(r"\n    reports:\n      junit: \[(.*)\]", block)
        if reports:
            if "\n    when: always\n" not in block:
                raise Finding(f"no stand-in for reports beside artifacts that are not always kept:\n{block}")
            block = block.replace(reports[0], "")
            paths = re.search(r"\n    paths: \[(.*)\]", block)
            both = f"[{paths[1]}, {reports[1]}]" if paths else f"[{reports[1]}]"
            block = block.replace(paths[0], "") if paths else block
            block = block.replace("\n    when: always\n", f"\n    when: always\n    paths: {both}\n")
        retry = re.search(r"\n  retry: (\d+)\n", block)
        if retry:
            # In place: what is indented in a script must stay as it is.
            loop = LOOP.replace("LAST", retry[1])
            script = r"(?<=\n  script:\n    - \|-\n)((?:      .*\n|\n)+)"
            block = re.sub(script, lambda it: loop.replace("BODY\n", it[1]), block)
        blocks[index] = block
    file.write_text("".join(blocks))
    return only_failed


def job_of(name):
    """The job of the spec that a job of the pipeline stands for."""
    return re.sub(r"(:may-fail)?(: \[.*\])?$", "", name)


def verdicts(folder, states):
    """The verdict of each job by its name in the spec; one that is not mentioned at the end was skipped."""
    spec = tomllib.loads((folder / "ci-gen.toml").read_text())
    found = dict.fromkeys([*spec["job"], *gate(spec)], "skipped")
    for state, name in states:
        job = job_of(name)
        if job not in found:  # a warning of the tool, which looks the same
            continue
        found[job] = "failure" if "FAIL" == state or found[job] == "failure" else "success"
    return found


def gate(spec):
    """The job that `[report]` adds."""
    return [spec["report"].get("gate", "ci")] if "report" in spec else []


def published(folder, states, only_failed):
    """What was kept as artifacts and as reports."""
    failed = {name for state, name in states if state != "PASS"}
    for job in (folder / ".gitlab-ci-local" / "artifacts").glob("*"):
        if job.name in only_failed and job.name not in failed:
            continue
        for file in job.rglob("*"):
            if file.is_file():
                yield str(file.relative_to(job)), file.read_text()


def checks(suite):
    """Every check of GitLab's output."""
    local = Local(suite)
    for spec in suite.specs():
        folder = suite.check(f"{suite.name(spec)} renders", suite.render, spec)
        if folder is None:
            continue
        suite.check(f"{suite.name(spec)}: GitLab's schema", schema, folder)
        suite.check(f"{suite.name(spec)}: gitlab-ci-local reads it", local.lists, folder)
    benches = execution.run_all(suite, local.execute, "gitlab-ci-local")

    rendered = benches["execution"].rendered
    broken = suite.mutated(rendered, FILE, "  timeout:", "  time-out:")
    suite.must_fail("an unknown key, by GitLab's schema", schema, broken)
    broken = suite.mutated(rendered, FILE, "needs: [first]", "needs: [furst]")
    suite.must_fail("a need that does not exist, by gitlab-ci-local", local.lists, broken)
    execution.break_all(suite, benches, local.execute, lambda folder: folder / FILE, BROKEN)
    report_checks(suite, local)
    component.checks(suite, local)


def report_checks(suite, local=None):
    """The reported spec, executed."""
    reporting.checks(suite, (local or Local(suite)).execute, "gitlab-ci-local", BROKEN_REPORTS)
