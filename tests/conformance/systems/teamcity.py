"""TeamCity: compiled against typed stubs of the DSL, the model asserted on, its scripts run as an agent would."""

import functools
import json
import re
import tomllib
import xml.etree.ElementTree as etree

import execution
import reporting
from suite import Finding
from teamcity import agent, kotlin, model

SETTINGS = ".teamcity/settings.kts"
# The DSL context parameter that names the host of pull requests; "" is what nobody set.
HOSTS = ["", "gitlab", "bitbucketCloud", "bitbucketServer", "azureDevOps"]

# What no compiler may take: a property, a type, a value, a place that the DSL does not have.
DO_NOT_COMPILE = [
    ("an unknown property", "name = ", "caption = "),
    ("a wrong type", "executionTimeoutMin = 30", 'executionTimeoutMin = "30"'),
    ("an unknown value", "BuildsLimitingMode.CANCEL_OLDEST_RUNNING_BUILD", "BuildsLimitingMode.CANCEL"),
    ("a property of another block", "cleanCheckout = true", "branchSpec = true"),
    ("a missing import", "import jetbrains.buildServer.configs.kotlin.buildSteps.script\n", ""),
    ("a block inside the wrong one", "            authType = vcsRoot()", "            authType = token { }"),
]
# What would compile and mean something else: on the model of `everything`, what is replaced, by what.
WRONG_MODELS = [
    ("a lost snapshot dependency", r'\{"on": "Lint", "reuse"[^}]*\}(, )?', ""),
    ("a dependency that lets failures pass", r'"failure": "FAIL_TO_START"', '"failure": "IGNORE"'),
    ("a pipeline that lets failures pass", r'"failure": "ADD_PROBLEM"', '"failure": "IGNORE"'),
    ("an old build in place of one of the chain", r'"reuse": "NO"', '"reuse": "SUCCESSFUL"'),
    ("a leg that is not registered", r'"id": "UnitLeg_3_12_16_2"', '"id": "UnitLeg_other"'),
    ("an id twice", r'"id": "UnitLeg_3_12_16_2"', '"id": "UnitLeg_3_12_16_1"'),
    ("a wrong total of shards", r'(SHARD_TOTAL": \{"value": )"2"', r'\1"3"'),
    ("a wrong value of a matrix", r'(MATRIX_PYTHON": \{"value": )"3\.12"', r'\1"3.10"'),
    ("a script without an interpreter", r"#!/usr/bin/env bash\\n", ""),
    ("a script that goes on after a failure", r"set -eo pipefail", "set -e"),
    ("an unknown parameter", r"%env\.MATRIX_PYTHON%", "%env.MATRIX_PYTHN%"),
    ("a lost trigger", r"\+:main\b", "+:other"),
    ("a filter that lets everything pass", r"\+:main\b", "+:*"),
    ("pull requests to any branch", r'"target": "[^"]*"', '"target": null'),
    ("no credentials for pull requests", r'"authorized": true', '"authorized": false'),
    ("a schedule that waits for changes", r'"withPendingChangesOnly": false', '"withPendingChangesOnly": true'),
    ("both days in a schedule", r'"dayOfMonth": "\?"', '"dayOfMonth": "*"'),
    ("no time limit", r'"executionTimeoutMin": 65', '"executionTimeoutMin": 0'),
    ("another image", r'"image": "alpine:3', '"image": "alpine:2'),
    ("a machine of any kind", r'"param": "teamcity\.agent\.jvm\.os\.name"', '"param": "teamcity.agent.name"'),
    ("artifacts of failures after a success", r'"RUN_ONLY_ON_FAILURE"', '"RUN_ON_FAILURE"'),
    ("no reports", r'"type": "JUNIT"', '"type": "TRX"'),
    ("an old DSL", r'"version": "2026\.1"', '"version": "2025.11"'),
    ("a wrong limit of legs", r'"quota": 4', '"quota": 5'),
    ("files of yesterday", r'"cleanCheckout": true', '"cleanCheckout": false'),
]
# What only a run shows: the scenario, what is replaced in its model, by what, and what the finding must speak of.
WRONG_RUNS = [
    ("a failing line that is passed over", "failures", r"set -eo pipefail", "set +e", "never"),
    ("a failing pipe that is passed over", "failures", r"set -eo pipefail", "set -e", "pipe/never"),
    ("a try too few", "tolerated", r"-lt 2 \]", "-lt 1 ]", "recovers/run"),
    ("artifacts that are not published", "execution", r'"artifactRules": "[^"]+"', '"artifactRules": ""', "published files"),
    ("artifacts of failures only after a success", "failures", r'"RUN_ONLY_ON_FAILURE"', '"DEFAULT"', "published files"),
    ("reports that are not read", "failures", r'"rules": "\+:[^"]*"', '"rules": "+:none"', "published files"),
    ("a sign of percent that is not doubled", "nasty-strings", r"%%build\.number%%", "%build.number%", "build.number"),
    ("a need that is not waited for", "failures", r'"failure": "FAIL_TO_START"', '"failure": "IGNORE"', "dependent/never"),
]

# What is broken in the reported spec.
BROKEN_REPORTS = [
    ("reports that are kept after a success alone", reporting.RED, "ExecutionMode.RUN_ON_FAILURE", "ExecutionMode.DEFAULT", "was not kept"),
    ("a gate that is skipped after a failure", reporting.RED, "FailureAction.ADD_PROBLEM", "FailureAction.FAIL_TO_START", "the verdict of verdict"),
    ("results that lie elsewhere", reporting.GREEN, "/junit.xml", "/unit.xml", "files of results"),
]


def replaced(project, pattern, new):
    """A model in which something was replaced that must be there."""
    text = json.dumps(project)
    broken = re.sub(pattern, new, text)
    if broken == text:
        raise RuntimeError(f"the model has no {pattern} to break")
    return json.loads(broken)


def compiles(scripts, folder):
    """Findings of the compiler, and what a script throws while it runs."""
    text = kotlin.settings(folder)
    errors = scripts.errors.get(text) or [it for host in HOSTS if (it := scripts.projects[host, text].get("error"))]
    if errors:
        raise Finding("\n".join(errors))


def fits(scripts, folder, spec, plan):
    """Findings about the model, for every host of pull requests."""
    compiles(scripts, folder)
    for host in HOSTS:
        model.check(scripts.projects[host, kotlin.settings(folder)], spec, plan)


def pom(folder):
    """Findings about the project file, which must name what the vendor's template names.

    https://www.jetbrains.com/help/teamcity/kotlin-dsl.html, "Project Settings Structure" and "Patching pom.xml"
    """
    try:
        root = etree.parse(folder / ".teamcity" / "pom.xml").getroot()
    except etree.ParseError as error:
        raise Finding(f"pom.xml: {error}") from error
    found = {it.text for it in root.iter("artifactId")}
    wanted = {"configs-dsl-kotlin-parent", "configs-dsl-kotlin-latest", "configs-dsl-kotlin-plugins-latest"}
    wanted |= {"kotlin-maven-plugin", "teamcity-configs-maven-plugin"}
    if not wanted <= found:
        raise Finding(f"pom.xml lacks {', '.join(wanted - found)}")
    if root.findtext("./parent/version") != "1.0-SNAPSHOT" or root.findtext("modelVersion") != "4.0.0":
        raise Finding("pom.xml has another parent")
    if not re.fullmatch(r"[A-Za-z0-9_]+_dsl", root.findtext("artifactId") or ""):
        raise Finding(f"pom.xml has the artifact {root.findtext('artifactId')!r}")


def project_of(scripts, folder):
    """The model of a folder's settings, where nobody named a host of pull requests."""
    project = scripts.projects.get(("", kotlin.settings(folder)), {"error": "it does not compile"})
    if "error" in project:
        raise RuntimeError(f"{folder.name}: {project['error']}")
    return project


def run(project, folder, event):
    """Executes a model in a folder."""
    try:
        return agent.execute(project, folder, event)
    except (KeyError, ValueError) as error:
        message = f"no agent can run this: {error!r}"
        raise execution.Differences(message, [message]) from error


def checks(suite):
    """Every check of TeamCity's output; all scripts are compiled at once."""
    scripts, faulty = kotlin.Scripts(suite.work), kotlin.Scripts(suite.work)
    benches = {}
    for name, event in execution.SCENARIOS:
        if name not in benches:
            benches[name] = suite.check(f"{name} renders for a run", execution.Bench, suite, name, event)
    rendered = {name: scripts.add(bench.rendered) for name, bench in benches.items()}
    for spec in suite.specs():
        name = suite.name(spec)
        folder = rendered.get(name) or suite.check(f"{name} renders", suite.render, spec)
        if folder is not None:
            rendered[name] = scripts.add(folder)
    everything = rendered["everything"]
    broken = lambda old, new: suite.mutated(everything, SETTINGS, old, new)
    invalid = [(title, faulty.add(broken(old, new))) for title, old, new in DO_NOT_COMPILE]
    lost = scripts.add(broken("        snapshot(Lint) {", "        if (false) snapshot(Lint) {"))
    suite.check(f"{len(scripts.names)} scripts go through the compiler", scripts.compile, HOSTS)
    suite.check(f"{len(faulty.names)} faulty scripts go through the compiler", faulty.compile, [])

    for name, folder in rendered.items():
        suite.check(f"{name} compiles", compiles, scripts, folder)
        suite.check(f"{name} builds the right model", fits, scripts, folder, *read(suite, folder))
        suite.check(f"{name} has a project file", pom, folder)
    for title, folder in invalid:
        suite.must_fail(title, compiles, faulty, folder)
    suite.check("without a dependency, it compiles", compiles, scripts, lost)
    suite.must_fail("a dependency that is not in the script", fits, scripts, lost, *read(suite, everything))
    project = project_of(scripts, everything)
    for title, old, new in WRONG_MODELS:
        suite.must_fail(title, model.check, replaced(project, old, new), *read(suite, everything))
    pom_file = ".teamcity/pom.xml"
    for title, old, new in [
        ("an unknown artifact in the project file", "configs-dsl-kotlin-latest", "configs-dsl-kotlin"),
        ("an ill-formed project file", "</build>", ""),
    ]:
        suite.must_fail(title, pom, suite.mutated(everything, pom_file, old, new))

    models = {name: project_of(scripts, bench.rendered) for name, bench in benches.items()}
    for name, event in execution.SCENARIOS:
        benches[name].event = event
        suite.check(f"{name} runs as it must ({event.kind})", benches[name].run, functools.partial(run, models[name]))
    for title, name, old, new, word in WRONG_RUNS:
        benches[name].event = execution.Event()
        broken = functools.partial(run, replaced(models[name], old, new))
        suite.must_fail(title, execution.run_wrong, benches[name], broken, word)
    report_checks(suite)


def report_checks(suite):
    """The reported spec, executed; all of its scripts are compiled at once."""
    scripts = kotlin.Scripts(suite.work)
    runs = suite.check("reported is staged", reporting.staged, suite, BROKEN_REPORTS)
    for it in runs:
        scripts.add(it.folder)
    suite.check(f"{len(scripts.names)} reported scripts go through the compiler", scripts.compile, HOSTS)
    execute = lambda folder, event: run(project_of(scripts, folder), folder, event)
    reporting.carry_out(suite, runs, execute, "a small agent")


def read(suite, folder):
    """The spec of a rendered folder, and its plan."""
    spec = folder / "ci-gen.toml"
    return tomllib.loads(spec.read_text()), suite.plan(spec)
