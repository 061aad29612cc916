"""Bitbucket Pipelines: the vendor's schema, and what it lets pass although the service refuses or ignores it."""

import reporting
import tools
from agents import bench, bitbucket
from documents import read, require
from suite import run

FILE = "bitbucket-pipelines.yml"
# https://support.atlassian.com/bitbucket-cloud/docs/bitbucket-pipelines-configuration-reference/
STEP = {
    "name", "image", "script", "after-script", "caches", "services", "artifacts", "max-time", "size", "runs-on",
    "condition", "clone", "deployment", "trigger", "fail-fast", "oidc", "concurrency-group", "on-fail", "runtime",
}
SERVICE = {"image", "type", "variables", "memory"}
# https://support.atlassian.com/bitbucket-cloud/docs/limitations-of-bitbucket-pipelines/
STEPS = 100
# https://support.atlassian.com/bitbucket-cloud/docs/databases-and-service-containers/
SERVICES = 5


def schema(folder):
    """Findings of the vendor's schema."""
    run([tools.check_jsonschema(), "--builtin-schema", "vendor.bitbucket-pipelines", folder / FILE])


def pipelines(document):
    """Every pipeline with its name."""
    for kind, value in document["pipelines"].items():
        if kind == "default":
            yield kind, value
        else:
            for pattern, items in value.items():
                yield f"{kind} {pattern}", items


def steps(items):
    """The steps of a pipeline, through stages and parallel groups."""
    for item in items:
        (kind, value), = item.items()
        if kind == "step":
            yield value
        elif kind in ("parallel", "stage"):
            yield from steps(value["steps"] if isinstance(value, dict) else value)
        elif kind != "variables":
            raise RuntimeError(f"the checks do not know {kind!r}")


def rules(folder):
    """What the schema lets pass: unknown keys of steps and services, unknown services and caches, too many steps."""
    document = read(folder / FILE)
    definitions = document.get("definitions") or {}
    services = definitions.get("services") or {}
    caches = definitions.get("caches") or {}
    findings = []
    for name, service in services.items():
        findings += [f"service {name} has the unknown key {key}" for key in set(service) - SERVICE]
    for pipeline, items in pipelines(document):
        all_steps = list(steps(items))
        names = [step.get("name") for step in all_steps]
        if not all(isinstance(it, str) for it in names):
            findings.append(f"{pipeline}: a step's name is not text")
        findings += [f"{pipeline}: two steps are called {name}" for name in set(names) if names.count(name) > 1]
        if not 0 < len(all_steps) <= STEPS:
            findings.append(f"{pipeline} has {len(all_steps)} steps")
        for step in all_steps:
            at = f"{pipeline}: step {step.get('name')}"
            findings += [f"{at} has the unknown key {key}" for key in set(step) - STEP]
            used = step.get("services") or []
            known = set(services) | {"docker"}
            findings += [f"{at} uses the unknown service {it}" for it in used if it not in known]
            if len(used) > SERVICES:
                findings.append(f"{at} uses {len(used)} services")
            findings += [f"{at} uses the unknown cache {it}" for it in step.get("caches") or [] if it not in caches]
            if not step["script"] or not all(isinstance(it, str) for it in step["script"]):
                findings.append(f"{at} has a script that is not a list of strings")
    require(findings)


# What is broken in the reported spec.
BROKEN_REPORTS = [
    ("reports that are kept after a success alone", reporting.RED, "capture-on: always", "capture-on: success", "was not kept"),
    ("results that lie elsewhere", reporting.GREEN, "/junit.xml", "/unit.xml", "files of results"),
]


def checks(suite):
    """Every check of Bitbucket's output."""
    for spec in suite.specs():
        folder = suite.check(f"{suite.name(spec)} renders", suite.render, spec)
        if folder is not None:
            suite.check(f"{suite.name(spec)} fits the schema", schema, folder)
            suite.check(f"{suite.name(spec)} keeps the rules", rules, folder)
    sample = suite.render(suite.spec("sample"))
    broken = lambda old, new: suite.mutated(sample, FILE, old, new)
    suite.must_fail("an unknown kind of item", schema, broken("- step: *lint", "- matrix: *lint"))
    suite.must_fail("an unquoted version", rules, broken("name: lint", "name: 3.10"))
    suite.must_fail("an unknown key of a step", rules, broken("services: [db]", "services: [db]\n        retry: 2"))
    suite.must_fail("an unknown key of a service", rules, broken("image: \"postgres:16\"", "healthcheck: true"))
    suite.must_fail("an undefined service", rules, broken("services: [db]", "services: [db, cache]"))
    suite.must_fail("an undefined cache", rules, broken("caches: [unit-pip]", "caches: [pip-unit]"))
    suite.must_fail("a script item that became a mapping", rules, broken("- *unit_begin", "- echo: x"))
    suite.must_fail("two steps of one name", rules, broken("name: report", "name: lint"))
    suite.must_fail("too many steps", rules, broken("- step: *report", "- step: *report\n" + many_steps()))
    bench.checks(
        suite,
        bitbucket.execute,
        FILE,
        [
            ("a script without errexit", "failures", "set -eo pipefail\n            python3", "set -o pipefail\n            python3"),
            ("a script without pipefail", "failures", "set -eo pipefail\n            false | cat", "set -e\n            false | cat"),
            ("a wrong shard", "execution", "CI_GEN_SHARD_INDEX=2", "CI_GEN_SHARD_INDEX=1"),
            ("a leg that does not run", "execution", "- step: *unit-3-12-postgres-1\n", "- step: *unit-3-12-postgres-2\n"),
            ("publishing only after success", "failures", "capture-on: always", "capture-on: success"),
        ],
        bench.stages,
    )
    report_checks(suite)


def report_checks(suite):
    """The reported spec, executed."""
    reporting.checks(suite, bitbucket.execute, "a stand-in", BROKEN_REPORTS, gate=False)


def many_steps():
    """A hundred more steps."""
    step = "      - step:\n          name: more {}\n          script: [make]\n"
    return "".join(step.format(index) for index in range(STEPS)).rstrip()
