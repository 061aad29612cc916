"""What a run of a pipeline must have done: every leg once, with its environment, and the right thing after a failure.

A spec that is executed calls the recorder (record.py) in its commands. `expect` says, from the spec and the plan alone,
which calls, verdicts and published files a run has; `judge` compares that with what a system really did. A system
brings only the function that executes its file (`Bench.run`), so all systems are held to the same.

In such a spec a command that begins with `false` fails, and every other one that is no call of the recorder succeeds.
"""

import json
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from suite import ROOT, Finding

SPECS = ROOT / "tests" / "conformance" / "specs"
RECORDER = ROOT / "tests" / "conformance" / "record.py"


# How much of what went wrong is shown.
SHOWN, LOG_LINES = 12, 60


class Differences(Finding):
    """In what a run differs from what it must have done: a text to read, and all of `wrong`."""

    def __init__(self, message, wrong):
        super().__init__(message)
        self.wrong = wrong


@dataclass
class Event:
    """What starts a run: `push` or `manual` with what the person chose, on `main`."""

    kind: str = "push"
    inputs: dict = field(default_factory=dict)


CHOSEN = {"level": "full speed", "flag": "true", "count": "7", "note": "it's $HOME & \"more\"", "empty": "filled"}
# The specs that can run on the machine at hand, each with the events that it is run for.
SCENARIOS = [
    ("execution", Event()),
    ("nasty-strings", Event()),
    ("nasty-matrices", Event()),
    ("nasty-needs", Event()),
    ("nasty-inputs", Event()),
    ("nasty-inputs", Event("manual", CHOSEN)),
    ("nasty-expressions", Event()),
    ("failures", Event()),
    ("tolerated", Event()),
]
SECRETS = {"API_TOKEN": "s3cret-$HOME-'value'"}


class Call(NamedTuple):
    """One call of the recorder, with those variables of its environment that the spec speaks about."""

    key: str
    arguments: tuple
    env: tuple


@dataclass
class Expectation:
    """What a run must have done."""

    calls: Counter = field(default_factory=Counter)
    names: dict = field(default_factory=dict)  # the variables to look at, by key
    verdicts: dict = field(default_factory=dict)  # `success`, `failure` or `skipped`, by job
    published: Counter = field(default_factory=Counter)  # path of a file and the call that wrote it


@dataclass
class Outcome:
    """What a run did, as its system tells it.

    `verdicts` are `success`, `failure` or `skipped` by job of the spec; a failure that is allowed is a success here.
    `succeeded` is the verdict of the whole run. `published` lists what results and artifacts were kept: the path that
    the spec gives them, and the content. `junit` lists what the system's own view of tests got, and `parts` are verdicts
    by the system's own names of jobs. None stands for what a system cannot tell.
    """

    succeeded: bool
    verdicts: dict | None = None
    published: list | None = None
    log: str = ""
    junit: list | None = None
    left: list | None = None  # what lay on the machines, where the system itself keeps nothing
    artifacts: list | None = None  # the name of an artifact and the path of a file in it, where names matter
    parts: dict | None = None


class Bench:
    """One executed spec: rendered with the recorder's place filled in, beside which the calls are written down."""

    def __init__(self, suite, spec, event, system=None, earlier=None):
        """`earlier(plan, name)` names the jobs whose failure stops a job without being needed, as the system documents."""
        self.suite, self.event, self.earlier = suite, event, earlier
        self.place = pathlib.Path(tempfile.mkdtemp(prefix=f"{spec}-bench-", dir=suite.work))
        shutil.copy(RECORDER, self.place)
        self.rendered = suite.render(SPECS / f"{spec}.toml", system, {"/conformance/": f"{self.place}/"})
        if self.rendered is None:
            raise Finding(f"{spec} is refused, although it is to be executed")

    def run(self, execute, folder=None):
        """Runs the rendered folder, or a broken copy of it; everything that is not as expected is a finding.

        `execute(folder, event)` runs the file of the system, in a repository with one commit on `main`, with SECRETS,
        and gives an `Outcome`. The expectation always comes from the spec as it was before anything was broken.
        """
        log = self.place / "records.jsonl"
        log.unlink(missing_ok=True)
        (self.rendered / "tests").mkdir(exist_ok=True)  # a working directory must be there
        (self.rendered / "tests" / "empty").touch()
        fresh = tempfile.mkdtemp(dir=self.place)
        folder = pathlib.Path(shutil.copytree(folder or self.rendered, fresh, dirs_exist_ok=True))
        git = {"sha": commit(folder), "branch": "main", "tag": ""}
        plan = self.suite.plan(folder / "ci-gen.toml")
        expectation = expect(tomllib.loads((folder / "ci-gen.toml").read_text()), plan, self.event, git, self.earlier)
        outcome = execute(folder, self.event)
        records = [json.loads(it) for it in log.read_text().splitlines()] if log.exists() else []
        judge(expectation, records, outcome)


def run_all(suite, execute, tool, gaps=None):
    """Runs every executed spec; gives the benches by spec, for outputs that are to be broken on purpose.

    `gaps` names specs that the tool itself gets wrong, with the reason and what the finding must speak of: they must
    still fail, or the gap is closed.
    """
    benches = {}
    for spec, event in SCENARIOS:
        bench = suite.check(f"{spec} is staged", Bench, suite, spec, event)
        if bench is None:
            continue
        benches.setdefault(spec, bench)
        if spec in (gaps or {}):
            reason, word = gaps[spec]
            suite.must_fail(f"{spec}, as long as {reason}", run_wrong, bench, execute, word)
        else:
            suite.check(f"{spec}, executed by {tool} on {event.kind}", bench.run, execute)
    return benches


def break_all(suite, benches, execute, file_of, broken):
    """Runs outputs that were broken on purpose; `broken` has for each what is wrong, the spec, the text and its
    replacement, and what the finding must speak of."""
    for title, spec, old, new, word in broken:
        bench = benches[spec]
        folder = suite.mutated(bench.rendered, file_of(bench.rendered).relative_to(bench.rendered), old, new)
        suite.must_fail(f"{spec}, {title}", run_wrong, bench, execute, word, folder)


def run_wrong(bench, execute, word, folder=None):
    """Runs what must go wrong; only a difference that speaks of `word` counts, so that nothing else can pass for it."""
    try:
        bench.run(execute, folder)
    except Finding as found:
        if not any(word in it for it in getattr(found, "wrong", [])):
            raise RuntimeError(f"nothing was said about {word}, but:\n{found}") from found
        raise


def commit(folder):
    """Makes the folder a repository with one commit on `main` and a remote; gives the commit."""
    git = ["git", "-c", "user.name=conformance", "-c", "user.email=conformance@example.com", "-C", folder]
    for arguments in (
        ["init", "--quiet", "--initial-branch", "main"],
        ["remote", "add", "origin", "git@example.com:group/project.git"],
        ["add", "--all"],
        ["commit", "--quiet", "--message", "Start"],
    ):
        subprocess.run([*git, *arguments], check=True)
    return head(folder)


def head(folder):
    """The commit that a run is of."""
    command = ["git", "-C", folder, "rev-parse", "HEAD"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def expect(spec, plan, event, git, earlier=None):
    """What a run of the spec must do, given its plan and what started it; for `earlier` see `Bench`."""
    expectation = Expectation()
    jobs = {job["id"]: job for job in plan["jobs"]}

    def verdict(name):
        if name not in expectation.verdicts:
            # Called for every need, so that all of them are worked out.
            needs = [verdict(need) for need in jobs[name]["needs"]]
            chosen = is_chosen(job_of(spec, name), values(spec, {}, event, git), event)
            stopped = "failure" in [verdict(it) for it in (earlier(plan, name) if earlier else [])]
            runs = chosen and not stopped and all(it == "success" for it in needs)
            expectation.verdicts[name] = run_job(spec, jobs[name], event, git, expectation) if runs else "skipped"
        return expectation.verdicts[name]

    for name in jobs:
        verdict(name)
    return expectation


def job_of(spec, name):
    """A job with the spec's defaults filled in; `env` is merged by name."""
    defaults, job = spec.get("defaults", {}), spec["job"][name]
    return {**defaults, **job, "env": {**defaults.get("env", {}), **job.get("env", {})}}


def is_chosen(job, known, event):
    """Whether `only` lets the job run for the event."""
    only = job.get("only", {})
    if event.kind not in listed(only.get("events", event.kind)):
        return False
    return all(known[f"input.{name}"] == text(value) for name, value in only.get("inputs", {}).items())


def run_job(spec, planned, event, git, expectation):
    """Adds what the legs of a job must do; gives the job's verdict."""
    name, verdicts = planned["id"], set()
    job = job_of(spec, name)
    for leg in planned["legs"]:
        known = values(spec, leg, event, git)
        known |= environment(spec.get("env", {}), job["env"])
        names = {name[4:]: fill(value, known) for name, value in known.items() if name.startswith("env.")}
        names |= {"MATRIX_" + key.upper().replace("-", "_"): value for key, value in leg["matrix"].items()}
        if "shard" in leg:
            names["CI_GEN_SHARD_INDEX"] = str(leg["shard"]["index"])
            names["CI_GEN_SHARD_TOTAL"] = str(leg["shard"]["total"])
        succeeded = run_leg(job, known, names, expectation)
        allowed = fill(text(job.get("allow-failure", False)), known) == "true"
        verdicts.add("success" if succeeded or allowed else "failure")
    return "failure" if "failure" in verdicts else "success"


def run_leg(job, known, names, expectation):
    """Adds what one leg must do; gives whether its commands succeed."""
    written = []
    succeeded = run_commands(listed(job.get("install", [])), known, names, 0, expectation, written)
    if succeeded:
        secrets = {name: SECRETS[name] for name in listed(job.get("secrets", []))}
        commands = listed(job.get("run", job.get("test", [])))
        tries = range(job.get("retry", 0) + 1)
        succeeded = any(
            run_commands(commands, known, {**names, **secrets}, number, expectation, written) for number in tries
        )
    kept = [("always", it) for it in listed(job.get("results", []))]
    for artifact in job.get("artifacts", {}).values():
        table = artifact if isinstance(artifact, dict) else {"path": artifact}
        kept += [(table.get("when", "always"), it) for it in listed(table["path"])]
    outcome = "success" if succeeded else "failure"
    for path, call in dict(written).items():  # of several attempts the last one's
        where = pathlib.PurePosixPath(job.get("working-directory", "")) / path
        if any(when in ("always", outcome) and where.match(fill(it, known)) for when, it in kept):
            expectation.published[str(where), call] += 1
    return succeeded


def run_commands(commands, known, names, number, expectation, written):
    """Adds the calls of one attempt, up to the first command that fails; gives whether all succeed."""
    for line in "\n".join(commands).replace("\\\n", "").splitlines():
        if line.startswith("false"):
            return False
        if not line.startswith("python3 "):
            continue
        words = split(line, known)
        # Where a leg lacks a key of the matrix its variable is empty, which is the same as not set.
        call = Call(words[2], tuple(words[3:]), tuple(sorted(it for it in names.items() if it[1] != "")))
        expectation.calls[call] += 1
        expectation.names.setdefault(call.key, set()).update(names)
        for argument in call.arguments:
            does, _, value = argument.partition("=")
            if does == "writes":
                written.append((value, call))
            if does == "fails" and number < int(value):
                return False
    return True


def judge(expectation, records, outcome):
    """Raises everything in which a run differs from what it must have done."""
    wrong = []
    project = lambda record: Call(
        record["key"],
        tuple(record["arguments"]),
        tuple(
            sorted(
                (name, record["env"][name])
                for name in expectation.names.get(record["key"], ())
                if record["env"].get(name, "") != ""
            )
        ),
    )
    compare(wrong, "calls", expectation.calls, Counter(map(project, records)))
    if outcome.published is not None:
        files = Counter((path, project(json.loads(content))) for path, content in outcome.published)
        compare(wrong, "published files", expectation.published, files)
    if outcome.verdicts is not None:
        compare(wrong, "verdicts", Counter(expectation.verdicts.items()), Counter(outcome.verdicts.items()))
    succeeds = "failure" not in expectation.verdicts.values()
    if outcome.succeeded != succeeds:
        wrong.append(f"the run {'failed' if succeeds else 'succeeded'}")
    if wrong:
        more = [f"and {len(wrong) - SHOWN} more"] if len(wrong) > SHOWN else []
        log = ["the end of the log:", *outcome.log.splitlines()[-LOG_LINES:]]
        raise Differences("\n".join([*wrong[:SHOWN], *more, *log]), wrong)


def compare(wrong, what, expected, found):
    """Notes what is missing of what was expected, and what was not expected."""
    missing, unexpected = list((expected - found).elements()), list((found - expected).elements())
    for it in list(missing):
        # The same call with another environment: only the variables that differ are worth reading.
        twins = [other for other in unexpected if isinstance(it, Call) and it[:2] == other[:2]]
        if twins:
            mine, other = dict(it.env), dict(twins[0].env)
            differ = {name: (mine.get(name), other.get(name)) for name, _ in set(it.env) ^ set(twins[0].env)}
            wrong.append(f"{what}: {it.key} {it.arguments} (variable: expected, found): {differ}")
            missing.remove(it)
            unexpected.remove(twins[0])
    wrong += [f"{what}: missing {it}" for it in missing] + [f"{what}: unexpected {it}" for it in unexpected]


def values(spec, leg, event, git):
    """What `{{ … }}` stands for on a leg, by the name between the braces; a matrix key that it lacks is empty."""
    known = {f"git.{name}": value for name, value in git.items()}
    manual = spec.get("on", {}).get("manual", {})
    for name, declared in (manual.get("inputs", {}) if isinstance(manual, dict) else {}).items():
        known[f"input.{name}"] = event.inputs.get(name, text(declared["default"]))
    known |= {f"matrix.{key}": value for key, value in leg.get("matrix", {}).items()}
    known |= {f"shard.{key}": str(value) for key, value in leg.get("shard", {}).items()}
    return known


def environment(outer, inner):
    """`{{ env.X }}`, by name. Values may name others, those of a job also the spec's variable of the same name."""
    env = {f"env.{name}": text(value) for name, value in outer.items()}
    own = {f"env.{name}": text(value) for name, value in inner.items()}
    same = lambda name: lambda found: env.get(name, "") if found[2] == name else found[0]
    return env | {name: VALUE.sub(same(name), value) for name, value in own.items()}


VALUE = re.compile(r'(?<!\$)\{\{\s*(?:"([^"]*)"|([\w.-]+))\s*\}\}')


def fill(template, known):
    """The text with its `{{ … }}` filled in."""

    def value(found):
        name = found[2]
        if name is None:
            return found[1]
        return fill(known[name], known) if name.startswith("env.") else known.get(name, "")

    return VALUE.sub(value, template)


def split(line, known):
    """The words of a shell command. Values are data: no shell splits or expands what they hold."""
    held = []

    def hold(found):
        if found[2] is None:
            return found[1]  # text in quotes is part of the command as the shell reads it
        held.append(fill(found[0], known))
        return chr(0xE000 + len(held) - 1)

    line = VALUE.sub(hold, line)
    insert = lambda word: re.sub("[\ue000-\uf8ff]", lambda found: held[ord(found[0]) - 0xE000], word)
    return [insert(word) for word in shlex.split(line)]


def listed(value):
    """A list as it is, anything else as a list of one."""
    return value if isinstance(value, list) else [value]


def text(value):
    """A value of TOML as the text that it stands for."""
    return str(value).lower() if isinstance(value, bool) else str(value)
