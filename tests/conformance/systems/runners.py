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


def judged(suite, runner, case, ran):
    """Judges a run, then as one that should have had another test, and as one that should have ended otherwise."""
    title = f"{runner.name}: {case.title}"
    suite.check(title, judge, case, ran)
    suite.must_fail(f"{title}, one test more", judge, dataclasses.replace(case, tests=[*case.tests, "passed one more"]), ran)
    other = [] if case.reasons else ["failures"]
    suite.must_fail(f"{title}, another end", judge, dataclasses.replace(case, reasons=other), ran)


def checks(suite):
    """Every case of every runner. What hangs does so in a copy of its own, beside all others, since that costs nothing."""
    there = [it for it in RUNNERS if suite.check(f"{it.name} is there", it.command, "green")]
    with ThreadPoolExecutor(len(RUNNERS)) as pool:
        hanging = [(it, pool.submit(run, suite, it, it.case(HANG), project(suite, it))) for it in there]
        for runner in there:
            folder = project(suite, runner)
            for case in runner.cases:
                if case.title != HANG:
                    ran = suite.check(f"{runner.name}: {case.title}, run", run, suite, runner, case, folder)
                    if ran is not None:
                        judged(suite, runner, case, ran)
            for change in runner.broken:
                suite.must_fail(f"{runner.name}: {change.case}, with {change.new!r}", broken, suite, runner, change, folder)
        for runner, future in hanging:
            ran = suite.check(f"{runner.name}: {HANG}, run", future.result)
            if ran is not None:
                judged(suite, runner, runner.case(HANG), ran)
