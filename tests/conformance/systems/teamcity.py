"""TeamCity: compiled against typed stubs of the DSL, the model asserted on, its scripts run as an agent would."""

import functools
import re
import tomllib
import xml.etree.ElementTree as etree

import execution
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
# What compiles and means something else.
WRONG_MODELS = [
    ("a lost snapshot dependency", r"        snapshot\(Lint\) \{[^}]*\}\n", ""),
    ("a dependency that lets failures pass", r"FailureAction\.FAIL_TO_START", "FailureAction.IGNORE"),
    ("a pipeline that lets failures pass", r"FailureAction\.ADD_PROBLEM", "FailureAction.IGNORE"),
    ("a leg that is not registered", r"    UnitLegs\.all\.forEach.*\n", ""),
    ("a wrong total of shards", r'"env\.CI_GEN_SHARD_TOTAL", "2"', '"env.CI_GEN_SHARD_TOTAL", "3"'),
    ("a wrong value of a matrix", r'"env\.MATRIX_PYTHON" to "3\.11"', '"env.MATRIX_PYTHON" to "3.10"'),
    ("an id twice", r'UnitLeg\("3_11_16_2"', 'UnitLeg("3_11_16_1"'),
    ("a script without an interpreter", r"#!/usr/bin/env bash\n *", ""),
    ("a script that goes on after a failure", r"set -eo pipefail", "set -e"),
    ("an unknown parameter", r"%env\.MATRIX_PYTHON%", "%env.MATRIX_PYTHN%"),
    ("a lost trigger", r"\+:main", "+:other"),
    ("a filter that lets everything pass", r"\+:main", "+:*"),
    ("pull requests to any branch", r'(else -> github \{\n.*\n.*\n).*filterTargetBranch.*\n', r"\1"),
    ("a schedule that waits for changes", r"withPendingChangesOnly = false", "withPendingChangesOnly = true"),
    ("both days in a schedule", r'dayOfMonth = "\?"', 'dayOfMonth = "*"'),
    ("no time limit", r"executionTimeoutMin = 60\n", "\n"),
    ("another image", r'dockerImage = "alpine:3"', 'dockerImage = "alpine:2"'),
    ("a machine of any kind", r'contains\("teamcity\.agent\.jvm\.os\.name", "Linux"\)', ""),
    ("artifacts of failures after a success", r"ExecutionMode\.RUN_ONLY_ON_FAILURE", "ExecutionMode.RUN_ON_FAILURE"),
    ("no reports", r"reportType = .*JUNIT", "reportType = XmlReport.XmlReportType.TRX"),
    ("an old DSL", r'version = "2026\.1"', 'version = "2025.11"'),
    ("a wrong limit of legs", r"quoted\(4\)", "quoted(5)"),
]
# What only a run shows: the scenario, what is replaced, by what.
WRONG_RUNS = [
    ("a failing line that is passed over", "failures", r"set -eo pipefail", "set +e"),
    ("a failing pipe that is passed over", "failures", r"set -eo pipefail", "set -e"),
    ("one try too few", "tolerated", r'\[ "\$\{\'\$\'\}ci_gen_number" -lt 2 \]', '[ "${\'$\'}ci_gen_number" -lt 1 ]'),
    ("artifacts that are not published", "failures", r"artifactRules = ", "description = "),
    ("a sign of percent that is not doubled", "nasty-strings", r"100%%", "100%"),
]


def replaced(suite, folder, pattern, new):
    """A copy of a rendered folder, in which something was replaced that must be there."""
    text = kotlin.settings(folder)
    broken = re.sub(pattern, new, text)
    if broken == text:
        raise RuntimeError(f"the settings have no {pattern} to break")
    return suite.mutated(folder, SETTINGS, text, broken)


def compiles(scripts, folder):
    """Findings of the compiler."""
    errors = scripts.errors.get(kotlin.settings(folder))
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


def run(scripts, folder, event):
    """Executes the settings of a folder, which were compiled with all others."""
    compiles(scripts, folder)
    project = scripts.projects["", kotlin.settings(folder)]
    try:
        return agent.execute(project, folder, event)
    except (KeyError, ValueError) as error:
        raise Finding(f"no agent can run this: {error!r}") from error


def checks(suite):
    """Every check of TeamCity's output; all scripts are compiled at once."""
    scripts, faulty = kotlin.Scripts(suite.work), kotlin.Scripts(suite.work)
    rendered = {}
    for spec in suite.specs():
        folder = suite.check(f"{suite.name(spec)} renders", suite.render, spec)
        if folder is not None:
            rendered[spec] = scripts.add(folder)
    everything = next(it for it in rendered if suite.name(it) == "everything")
    broken = lambda old, new: suite.mutated(rendered[everything], SETTINGS, old, new)
    invalid = [(title, faulty.add(broken(old, new))) for title, old, new in DO_NOT_COMPILE]
    wrong = [(title, scripts.add(replaced(suite, rendered[everything], old, new))) for title, old, new in WRONG_MODELS]
    benches = [(name, event, execution.Bench(suite, name, event)) for name, event in execution.SCENARIOS]
    for _, _, bench in benches:
        scripts.add(bench.rendered)
    by_name = {name: bench for name, _, bench in benches}
    runs = []
    for title, name, old, new in WRONG_RUNS:
        runs.append((title, by_name[name], scripts.add(replaced(suite, by_name[name].rendered, old, new))))
    suite.check(f"{len(scripts.names)} scripts go through the compiler", scripts.compile, HOSTS)
    suite.check(f"{len(faulty.names)} faulty scripts go through the compiler", faulty.compile, [])

    for spec, folder in rendered.items():
        suite.check(f"{suite.name(spec)} compiles", compiles, scripts, folder)
        suite.check(f"{suite.name(spec)} builds the right model", fits, scripts, folder, *read(suite, spec))
        suite.check(f"{suite.name(spec)} has a project file", pom, folder)
    for title, folder in invalid:
        suite.must_fail(title, compiles, faulty, folder)
    for title, folder in wrong:
        suite.check(f"{title} compiles", compiles, scripts, folder)
        suite.must_fail(title, fits, scripts, folder, *read(suite, everything))
    broken = suite.mutated(rendered[everything], ".teamcity/pom.xml", "configs-dsl-kotlin-latest", "configs-dsl-kotlin")
    suite.must_fail("an unknown artifact in the project file", pom, broken)
    suite.must_fail("an ill-formed project file", pom, suite.mutated(rendered[everything], ".teamcity/pom.xml", "</build>", ""))

    execute = functools.partial(run, scripts)
    for name, event, bench in benches:
        suite.check(f"{name} runs as it must ({event.kind})", bench.run, execute)
    for title, bench, folder in runs:
        suite.must_fail(title, bench.run, execute, folder)


def read(suite, spec):
    """A spec as it was written, and its plan."""
    return tomllib.loads(spec.read_text()), suite.plan(spec)
