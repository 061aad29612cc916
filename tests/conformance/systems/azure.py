"""Azure Pipelines: the vendor's schema and language service, and what both let pass although the service refuses it."""

import re

import reporting
import tools
from agents import bench, azure
from documents import read, require, scalars
from suite import ROOT, run

FILE = "azure-pipelines.yml"
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# https://learn.microsoft.com/azure/devops/pipelines/process/phases and .../yaml-schema/jobs-job-strategy
LEGS = 256
# https://learn.microsoft.com/azure/devops/pipelines/process/expressions and .../process/conditions
FUNCTIONS = {
    "and", "or", "not", "xor", "eq", "ne", "gt", "ge", "lt", "le", "in", "notIn", "contains", "containsValue",
    "startsWith", "endsWith", "coalesce", "iif", "replace", "format", "join", "lower", "upper", "length", "split",
    "trim", "convertToJson", "counter", "always", "canceled", "failed", "succeeded", "succeededOrFailed",
}
EXPRESSION = re.compile(r"'(?:[^']|'')*'|[A-Za-z][\w.]*|\[|\]|\(|\)|,|-?\d+(?:\.\d+)?|\s+")


def schema(folder):
    """Findings of the vendor's schema."""
    command = [tools.check_jsonschema(), "--builtin-schema", "vendor.azure-pipelines"]
    run([*command, "--regex-variant", "nonunicode", "--data-transform", "azure-pipelines", folder / FILE])


def language_service(folder):
    """Findings of the service that editors use; it takes the same schema and checks templates, tasks and values."""
    modules = tools.azure_language_service()
    program = ROOT / "tests" / "conformance" / "azure" / "language-service.js"
    builtin = "lib/python*/site-packages/check_jsonschema/builtin_schemas/vendor/azure-pipelines.json"
    vendor = next(tools.check_jsonschema().parent.parent.glob(builtin))
    run(["node", program, modules, vendor, folder / FILE])


def expression(text, at):
    """An expression is made of known functions, strings, names and numbers, its brackets matched.

    What a template puts into it is an expression, too.
    """
    for inner in re.findall(r"\$\{\{(.*?)\}\}", text):
        if found := expression(inner.strip(), at):
            return found
    text = re.sub(r"\$\{\{.*?\}\}", "true", text)
    position, open_brackets = 0, []
    while position < len(text):
        match = EXPRESSION.match(text, position)
        if match is None:
            return [f"{at}: the expression {text!r} is wrong at {text[position:position + 20]!r}"]
        token, position = match[0], match.end()
        if token in "([":
            open_brackets.append(token)
        elif token in ")]":
            if not open_brackets or open_brackets.pop() + token not in ("()", "[]"):
                return [f"{at}: the brackets of {text!r} do not match"]
        elif text[position:position + 1] == "(" and token not in FUNCTIONS:
            return [f"{at}: {text!r} calls the unknown function {token}"]
    return [f"{at}: the brackets of {text!r} do not match"] if open_brackets else []


def macros(job, document):
    """The names of variables that a job may use as `$(NAME)`, beside the service's own with a dot."""
    names = set(document.get("variables") or {}) | set(job.get("variables") or {})
    for leg in (job.get("strategy") or {}).get("matrix", {}).values():
        names |= set(leg)
    return names | {"HOME", "PATH", "APPDATA", "LOCALAPPDATA", "USERPROFILE"}


def rules(folder):
    """What schema and service let pass: names, references, limits, expressions, macros of nothing, types."""
    document = read(folder / FILE)
    findings = []
    jobs = document["jobs"]
    ids = [job["job"] for job in jobs]
    findings += [f"two jobs have the id {it}" for it in set(ids) if ids.count(it) > 1]
    containers = {it["container"] for it in (document.get("resources") or {}).get("containers", [])}
    for job in jobs:
        at = f"job {job['job']}"
        strategy = job.get("strategy") or {}
        legs = strategy.get("matrix") or {}
        findings += [f"{at}: {it} is no identifier" for it in [job["job"], *legs] if not IDENTIFIER.fullmatch(it)]
        if len(legs) > LEGS:
            findings.append(f"{at} has {len(legs)} legs")
        if "parallel" in strategy:
            findings.append(f"{at} uses `parallel`, whose legs have no names")
        keys = {tuple(leg) for leg in legs.values()}
        if len({frozenset(it) for it in keys}) > 1:
            names = set.union(*map(set, keys))
            findings += [f"{at}: the leg {leg} lacks {names - set(it)}" for leg, it in legs.items() if names - set(it)]
        findings += [f"{at} depends on the unknown job {it}" for it in job.get("dependsOn") or [] if it not in ids]
        for service in (job.get("services") or {}).values():
            if not service.startswith("$[") and service not in containers:
                findings.append(f"{at} uses the unknown container {service}")
        known = macros(job, document)
        secrets = {match for _, match in secret_macros(job)}
        for place, value in scalars(job, at):
            if place.endswith("/condition"):
                findings += expression(value, place)
            if isinstance(value, str) and value.startswith("$[") and value.endswith("]"):
                findings += expression(value[2:-1], place)
            if not isinstance(value, str) and not in_task(place, job) and not place.endswith("continueOnError"):
                findings.append(f"{place}: {value!r} is not text")
            # A value or a script of the user may well hold `$(word)`, which stays as it is unless a variable has the name.
            if isinstance(value, str) and not re.search(r"/(?:bash|pwsh)$|/(?:matrix|variables|env)/", place):
                for name in re.findall(r"\$\(([A-Za-z_]\w*)\)", value):
                    if name not in known and name not in secrets:
                        findings.append(f"{place}: $({name}) is not defined")
    for place, value in scalars(document.get("variables") or {}, "variables"):
        if not isinstance(value, str):
            findings.append(f"{place}: {value!r} is not text")
        elif value.startswith("$["):
            findings += expression(value[2:-1], place)
    require(findings)


def secret_macros(job):
    """Where a step's environment takes a variable of its own name: a secret of the project."""
    for step in job["steps"]:
        for name, value in (step.get("env") or {}).items():
            if value == f"$({name})":
                yield step.get("displayName"), name


def in_task(place, job):
    """Whether a place lies in the inputs of a task."""
    match = re.search(r"/steps/(\d+)/", place)
    return match is not None and "task" in job["steps"][int(match[1])]


# What is broken in the reported spec.
BROKEN_REPORTS = [
    ("reports that are kept after a success alone", reporting.RED, "condition: succeededOrFailed()", "condition: succeeded()", "was not kept"),
    ("a gate that is skipped after a failure", reporting.RED, "    condition: always()\n    pool", "    pool", "the verdict of verdict"),
    ("results that lie elsewhere", reporting.GREEN, "/junit.xml", "/unit.xml", "files of results"),
]


def checks(suite):
    """Every check of Azure's output."""
    for spec in suite.specs():
        folder = suite.check(f"{suite.name(spec)} renders", suite.render, spec)
        if folder is not None:
            suite.check(f"{suite.name(spec)} fits the schema", schema, folder)
            suite.check(f"{suite.name(spec)} suits the language service", language_service, folder)
            suite.check(f"{suite.name(spec)} keeps the rules", rules, folder)
    sample = suite.render(suite.spec("sample"))
    broken = lambda old, new: suite.mutated(sample, FILE, old, new)
    suite.must_fail("an unknown key of a strategy", schema, broken("      matrix:\n", "      matrices:\n"))
    suite.must_fail("an unknown task", language_service, broken("PublishTestResults@2", "PublishTests@2"))
    suite.must_fail("a boolean that is not text", rules, broken('persistCredentials: "false"', "persistCredentials: false"))
    suite.must_fail("the id of a leg with a hyphen", rules, broken("python_3_9_yes_shard_1:", "python-3-9:"))
    suite.must_fail("the id of a job with a hyphen", rules, broken("- job: report", "- job: re-port"))
    suite.must_fail("an unknown job", rules, broken("dependsOn: [lint]", "dependsOn: [lints]"))
    suite.must_fail("an unknown function", rules, broken("succeededOrFailed()", "succeededOrNot()"))
    suite.must_fail("brackets that do not match", rules, broken("variables['containerImage'] ]", "variables['containerImage' ]"))
    suite.must_fail("a variable of nothing", rules, broken("$(MATRIX_PYTHON)", "$(MATRIX_PYTHONS)"))
    suite.must_fail("a leg without a variable", rules, broken('{ MATRIX_PYTHON: "3.9", ', "{ "))
    suite.must_fail("an unknown container", rules, broken("      db: db", "      db: database"))
    suite.must_fail("an unquoted version", rules, broken('LEVEL: "3.10"', "LEVEL: 3.10"))
    suite.must_fail("two jobs of one id", rules, broken("- job: report", "- job: lint"))
    bench.checks(
        suite,
        azure.execute,
        FILE,
        [
            ("a script without errexit", "failures", "set -eo pipefail\n          python3", "set -o pipefail\n          python3"),
            ("a script without pipefail", "failures", "set -eo pipefail\n          false | cat", "set -e\n          false | cat"),
            ("a wrong number of shards", "execution", 'CI_GEN_SHARD_TOTAL: "2"', 'CI_GEN_SHARD_TOTAL: "3"'),
            ("a wrong shard", "execution", 'CI_GEN_SHARD_INDEX: "2"', 'CI_GEN_SHARD_INDEX: "1"'),
            ("publishing only after success", "failures", "condition: succeededOrFailed()", "condition: succeeded()"),
            ("a failure that no longer may be", "tolerated", 'continueOnError: "true"', 'continueOnError: "false"'),
            ("one attempt too few", "execution", 'retryCountOnTaskFailure: "2"', 'retryCountOnTaskFailure: "1"'),
            ("a dependent that waits for nothing", "failures", "dependsOn: [some_legs]", "dependsOn: []"),
        ],
    )
    report_checks(suite)


def report_checks(suite):
    """The reported spec, executed."""
    reporting.checks(suite, azure.execute, "a stand-in", BROKEN_REPORTS)
