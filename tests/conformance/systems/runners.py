"""Real runners: `ci-gen run` runs the tests of small projects, and its report must say what happened in them."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor

from runners import compiled, javascript, scripts
from runners.bench import HANG, judge, project, run

RUNNERS = [*scripts.RUNNERS, *javascript.RUNNERS, *compiled.RUNNERS]


def broken(suite, runner, change, folder):
    """Runs a case on a project that was changed, and judges it as if it had not been."""
    file = folder / change.file
    text = file.read_text()
    if change.old not in text:
        raise RuntimeError(f"{file} has no {change.old!r} to break")
    file.write_text(text.replace(change.old, change.new))
    try:
        case = runner.case(change.case)
        judge(case, run(suite, runner, case, folder))
    finally:
        file.write_text(text)


def judged(case, ran):
    """Judges what came of a run, once it has ended; gives it."""
    ran = ran()
    judge(case, ran)
    return ran


def check(suite, runner, case, ran):
    """Checks a run, then that as one that should have had another test, or another end, it would not pass."""
    title = f"{runner.name}: {case.title}"
    ran = suite.check(title, judged, case, ran)
    if ran is not None:
        more = dataclasses.replace(case, tests=[*case.tests, "passed one more"])
        other = dataclasses.replace(case, reasons=[] if case.reasons else ["failures"])
        suite.must_fail(f"{title}, with a test more", judge, more, ran)
        suite.must_fail(f"{title}, with another end", judge, other, ran)


def checks(suite):
    """Every case of every runner. What hangs does so in a copy of its own, beside all others, where it costs no time."""
    there = [it for it in RUNNERS if suite.check(f"{it.name} is there", it.command, "green")]
    with ThreadPoolExecutor(len(RUNNERS)) as pool:
        hanging = [(it, pool.submit(run, suite, it, it.case(HANG), project(suite, it))) for it in there]
        for runner in there:
            folder = project(suite, runner)
            for case in runner.cases:
                if case.title != HANG:
                    check(suite, runner, case, lambda: run(suite, runner, case, folder))
            for change in runner.broken:
                title = f"{runner.name}: {change.case}, with `{change.new}`"
                suite.must_fail(title, broken, suite, runner, change, folder)
        for runner, ran in hanging:
            check(suite, runner, runner.case(HANG), ran.result)
