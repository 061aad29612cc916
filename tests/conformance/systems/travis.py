"""Travis CI: the vendor's schema."""

import tools
from suite import Finding, run


def schema(folder):
    """Findings of SchemaStore's travis schema."""
    run([tools.check_jsonschema(), "--builtin-schema", "vendor.travis", folder / ".travis.yml"])


def checks(suite):
    """Every check of Travis CI's output."""
    for spec in suite.specs():
        folder = suite.check(f"{suite.name(spec)} renders", suite.render, spec)
        if folder is None:
            continue
        suite.check(f"{suite.name(spec)} fits the schema", schema, folder)
    quickstart = suite.render(suite.specs()[-1])
    broken = suite.mutated(quickstart, ".travis.yml", "language: ", "dist: nowhere\nlanguage: ")
    suite.must_fail("an unknown dist", schema, broken)
