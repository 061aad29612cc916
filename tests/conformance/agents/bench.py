"""Runs every executed spec on a stand-in, and shows that a run which went wrong is seen."""

import execution


def stages(plan, name):
    """The jobs of all stages before that of a job, which a failure there stops: jobs are in stages by their needs."""
    jobs = {it["id"]: it for it in plan["jobs"]}
    level = lambda job: 1 + max((level(jobs[need]) for need in job["needs"]), default=0)
    return [it for it in jobs if level(jobs[it]) < level(jobs[name])]


def checks(suite, execute, file, breaks, earlier=None):
    """Executes every scenario with `execute`; each of `breaks` is a title, a spec, and a text of `file` to replace.

    For `earlier` see `execution.Bench`.
    """
    benches = {}
    for spec, event in execution.SCENARIOS:
        bench = suite.check(f"{spec} is staged", execution.Bench, suite, spec, event, None, earlier)
        if bench is not None:
            suite.check(f"{spec} executed by a stand-in, {event.kind}", bench.run, execute)
            benches.setdefault(spec, bench)
    for title, spec, old, new in breaks:
        bench = benches[spec]
        suite.must_fail(f"{title}, executed", bench.run, execute, suite.mutated(bench.rendered, file, old, new))
