"""Runs every executed spec on a stand-in, and shows that a run which went wrong is seen."""

import execution


def checks(suite, execute, file, breaks, overwrite=None):
    """Executes every scenario with `execute`; each of `breaks` is a title, a spec, and a text of `file` to replace."""
    benches = {}
    for spec, event in execution.SCENARIOS:
        bench = suite.check(f"{spec} is staged", execution.Bench, suite, spec, event, None, overwrite)
        if bench is not None:
            suite.check(f"{spec} executed by a stand-in, {event.kind}", bench.run, execute)
            benches.setdefault(spec, bench)
    for title, spec, old, new in breaks:
        bench = benches[spec]
        suite.must_fail(f"{title}, executed", bench.run, execute, suite.mutated(bench.rendered, file, old, new))
