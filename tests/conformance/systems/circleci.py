"""CircleCI: the vendor's schema, and what it lets pass although the service refuses or misreads it.

CircleCI's own language server cannot be had from a package registry; these rules stand for it.
"""

import itertools
import re

import reporting
import tools
from agents import bench, circleci
from documents import read, require, scalars
from suite import run

FILE = ".circleci/config.yml"
# https://circleci.com/docs/configuration-reference/#parameters
PARAMETER = re.compile(r"[a-z][a-z0-9_-]*")
TYPES = {"string": str, "boolean": bool, "integer": int, "enum": str}
# https://circleci.com/docs/pipeline-variables/#pipeline-values
PIPELINE = re.compile(r"pipeline\.(?:id|number|git\.(?:revision|branch|tag|base_revision)|event\.[\w.]+|parameters\.([\w-]+))")
# https://circleci.com/docs/configuration-reference/#jobs and #steps
JOB = {
    "parameters", "docker", "machine", "macos", "resource_class", "parallelism", "environment", "steps", "shell",
    "working_directory", "circleci_ip_ranges", "retention", "description", "executor",
}
STEPS = {
    "checkout": {"method", "path"},
    "run": {"name", "command", "shell", "environment", "background", "working_directory", "no_output_timeout", "when",
            "max_auto_reruns", "auto_rerun_delay"},
    "restore_cache": {"name", "key", "keys"},
    "save_cache": {"name", "key", "paths", "when"},
    "store_artifacts": {"name", "path", "destination"},
    "store_test_results": {"name", "path"},
    "persist_to_workspace": {"name", "root", "paths"},
    "attach_workspace": {"name", "at"},
    "setup_remote_docker": {"name", "version", "docker_layer_caching"},
}
INVOCATION = {"name", "requires", "filters", "matrix", "context", "type", "serial-group", "override-with"}


def schema(folder):
    """Findings of the vendor's schema."""
    run([tools.check_jsonschema(), "--builtin-schema", "vendor.circle-ci", folder / FILE])


def declared(parameters, at):
    """Parameters have names in lower case, known types and defaults of their type."""
    for name, parameter in (parameters or {}).items():
        if not PARAMETER.fullmatch(name):
            yield f"{at}: {name} is no name for a parameter"
        kind = parameter.get("type")
        if kind not in TYPES:
            yield f"{at}: parameter {name} is of the unknown type {kind}"
        elif "default" in parameter and not isinstance(parameter["default"], TYPES[kind]):
            yield f"{at}: the default of {name} is no {kind}"
        elif kind == "enum" and parameter.get("default") not in [None, *parameter["enum"]]:
            yield f"{at}: the default of {name} is none of its values"


def insertions(value, known, at):
    """Between `<<` and `>>` stand parameters that exist, values of the pipeline, and what joins them."""
    for place, text in scalars(value, at):
        if not isinstance(text, str):
            continue
        rest = re.sub(r"\\<<", "", text)
        for inner in re.findall(r"<<(.*?)>>", rest, re.DOTALL):
            words = re.sub(r'"[^"]*"', " ", inner)
            for word in re.findall(r"[\w.-]+", words):
                if word in ("and", "or", "not", "true", "false") or word.isdigit():
                    continue
                if not word.removeprefix("parameters.") in known and not word.removeprefix("matrix.") in known:
                    if PIPELINE.fullmatch(word) is None:
                        yield f"{place}: << {inner.strip()} >> names the unknown {word}"
        if "<<" in re.sub(r"<<.*?>>", "", rest, flags=re.DOTALL):
            yield f"{place}: an unescaped << in {text[:60]!r}"


def names(invocation, job):
    """The names under which an invocation runs, one for every combination of its matrix."""
    matrix = invocation.get("matrix") or {}
    parameters = matrix.get("parameters") or {}
    # https://circleci.com/docs/configuration-reference/#matrix
    pattern = invocation.get("name", "-".join([job, *(f"<< matrix.{key} >>" for key in parameters)]))
    excluded = matrix.get("exclude") or []
    for values in itertools.product(*parameters.values()):
        combination = dict(zip(parameters, values))
        if combination not in excluded:
            yield re.sub(r"<< matrix\.([\w-]+) >>", lambda it: str(combination.get(it[1], it[0])), pattern)


def invocations(document, workflow):
    """What the schema lets pass in a workflow's list of jobs."""
    jobs = document["jobs"]
    all_names, aliases, required = [], set(), []
    for item in workflow["jobs"]:
        (job, invocation), = item.items() if isinstance(item, dict) else [(item, {})]
        invocation = invocation or {}
        at = f"workflow: {invocation.get('name', job)}"
        if job not in jobs:
            yield f"{at}: the job {job} is not there"
            continue
        parameters = jobs[job].get("parameters") or {}
        matrix = invocation.get("matrix") or {}
        given = set(matrix.get("parameters") or {}) | {key for key in invocation if key in parameters}
        for key in set(invocation) - INVOCATION - set(parameters):
            yield f"{at}: unknown key {key}"
        for key in set(matrix) - {"parameters", "exclude", "alias"}:
            yield f"{at}: unknown key {key} of the matrix"
        for key in set(matrix.get("parameters") or {}) - set(parameters):
            yield f"{at}: the job does not declare {key}"
        for key in {it for it, value in parameters.items() if "default" not in value} - given:
            yield f"{at}: no value for {key}"
        values = [(key, it) for key, them in (matrix.get("parameters") or {}).items() for it in them]
        values += [(key, value) for key, value in invocation.items() if key in parameters]
        for key, value in values:
            if key in parameters and not isinstance(value, TYPES[parameters[key]["type"]]):
                yield f"{at}: {value!r} is no {parameters[key]['type']} for {key}"
        for exclude in matrix.get("exclude") or []:
            if set(exclude) != set(matrix["parameters"]):
                yield f"{at}: {exclude} does not name every parameter"
            if any(value not in matrix["parameters"].get(key, []) for key, value in exclude.items()):
                yield f"{at}: {exclude} excludes nothing"
        if matrix and not list(names(invocation, job)):
            yield f"{at}: the matrix is empty"
        all_names += names(invocation, job)
        aliases |= {matrix["alias"]} if "alias" in matrix else set()
        for it in invocation.get("requires") or []:
            required.append((at, next(iter(it)) if isinstance(it, dict) else it))
    for name in {it for it in all_names if all_names.count(it) > 1}:
        yield f"workflow: two jobs are called {name}"
    for at, name in required:
        if name not in all_names and name not in aliases:
            yield f"{at}: requires the unknown {name}"


def rules(folder):
    """What the schema lets pass: parameters, insertions, references, matrices, keys of jobs and steps."""
    document = read(folder / FILE)
    findings = list(declared(document.get("parameters"), "parameters"))
    pipeline = {f"pipeline.parameters.{it}" for it in document.get("parameters") or {}}
    for name, job in document["jobs"].items():
        at = f"job {name}"
        parameters = job.get("parameters") or {}
        findings += declared(parameters, at)
        findings += insertions(job, set(parameters) | pipeline, at)
        findings += [f"{at} has the unknown key {key}" for key in set(job) - JOB]
        if sum(it in job for it in ("docker", "machine", "macos", "executor")) != 1:
            findings.append(f"{at} runs on nothing, or on two things")
        for key, value in (job.get("environment") or {}).items():
            if not isinstance(value, str):
                findings.append(f"{at}: the environment's {key} is {value!r}, not text")
        for step in job["steps"]:
            (kind, keys), = step.items() if isinstance(step, dict) else [(step, {})]
            if kind not in STEPS:
                findings.append(f"{at} has the unknown step {kind}")
            elif isinstance(keys, dict):
                findings += [f"{at}: {kind} has the unknown key {key}" for key in set(keys) - STEPS[kind]]
    for name, workflow in document["workflows"].items():
        findings += invocations(document, workflow)
        for text in re.findall(r"pipeline\.parameters\.[\w-]+", str(workflow)):
            if text not in pipeline:
                findings.append(f"workflow {name} asks for the unknown {text}")
    require(findings)


# What is broken in the reported spec.
BROKEN_REPORTS = [
    ("tests whose failure ends the job at once", reporting.RED, "set +e", "set -e", "the merged report's legs"),
    ("an exit code that is lost", reporting.RED, 'exit "$(cat /tmp/ci-gen/failed)"', "true", "the verdict of unit"),
    ("a gate that is skipped after a failure", reporting.RED, "- unit: terminal", "- unit", "the verdict of verdict"),
    ("results that lie elsewhere", reporting.GREEN, "/junit.xml", "/unit.xml", "files of results"),
]


def checks(suite):
    """Every check of CircleCI's output."""
    for spec in suite.specs():
        folder = suite.check(f"{suite.name(spec)} renders", suite.render, spec)
        if folder is not None:
            suite.check(f"{suite.name(spec)} fits the schema", schema, folder)
            suite.check(f"{suite.name(spec)} keeps the rules", rules, folder)
    sample = suite.render(suite.spec("sample"))
    broken = lambda old, new: suite.mutated(sample, FILE, old, new)
    suite.must_fail("a version that is not there", schema, broken("version: 2.1", "version: 7"))
    suite.must_fail("a parameter in upper case", rules, broken("      flavour:\n", "      Flavour:\n"))
    suite.must_fail("a parameter that is not declared", rules, broken("<< parameters.python >>", "<< parameters.snake >>"))
    suite.must_fail("a matrix with an undeclared parameter", rules, broken("              flavour: [", "              taste: ["))
    suite.must_fail("a matrix with include", rules, broken("            exclude:\n", "            include:\n"))
    suite.must_fail("a number for text", rules, broken('python: ["3.9", "3.10"]', "python: [3.9, 3.10]"))
    suite.must_fail("an unknown job to wait for", rules, broken("requires: [lint]", "requires: [lints]"))
    suite.must_fail("an insertion that was meant as text", rules, broken("command: make lint", "command: cat <<EOF"))
    suite.must_fail("an exclude of nothing", rules, broken('{ python: "3.9", flavour: "no" }', '{ python: "3.8", flavour: "no" }'))
    suite.must_fail("half an exclude", rules, broken('{ python: "3.9", flavour: "no" }', '{ flavour: "no" }'))
    suite.must_fail("two jobs of one name", rules, broken(' >>-<< matrix.flavour >>"', ' >>"'))
    suite.must_fail("an unknown step", rules, broken("      - store_test_results:", "      - store_tests:"))
    suite.must_fail("an environment of a boolean", rules, broken('SWITCH: "on"', "SWITCH: on"))
    bench.checks(
        suite,
        circleci.execute,
        FILE,
        [
            ("an exclude that is gone", "execution", '- { python: "3.10", database: postgres }', '- { python: "3.10", database: mysql }'),
            ("a wrong number of shards", "execution", "parallelism: 2", "parallelism: 3"),
            ("a shard counted from zero", "execution", "$((CIRCLE_NODE_INDEX + 1))", "$CIRCLE_NODE_INDEX"),
            ("publishing only after success", "failures", "when: on_fail", "when: on_success"),
            ("one attempt too few", "execution", "max_auto_reruns: 2", "max_auto_reruns: 1"),
            ("a dependent that waits for nothing", "failures", "requires: [some-legs]", "requires: []"),
        ],
    )
    report_checks(suite)


def report_checks(suite):
    """The reported spec, executed."""
    reporting.checks(suite, circleci.execute, "a stand-in", BROKEN_REPORTS)
