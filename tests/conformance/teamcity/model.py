"""What the model that a settings script builds must be, given the spec and its plan."""

import re
from collections import Counter

from execution import fill, job_of, listed, text
from suite import Finding
from teamcity import branches, chain, parameters

OS = {"linux": "Linux", "windows": "Windows", "macos": "Mac OS X"}


def job_in_spec(spec, name):
    """A job with the spec's defaults; of these, a job that a policy adds has only `concurrency`."""
    if name in spec["job"]:
        return job_of(spec, name)
    return {key: value for key, value in spec.get("defaults", {}).items() if key == "concurrency"}


def check(project, spec, plan):
    """Raises everything that is wrong with a model."""
    wrong = []
    if "error" in project:
        raise Finding(project["error"])
    for part in (identity, dependencies):
        wrong += part(project, spec, plan)
    if wrong:  # the others follow dependencies
        raise Finding("\n".join(wrong))
    for part in (references, legs, needs, pipelines, builds, scripts, results, concurrency):
        wrong += part(project, spec, plan)
    wrong += branches.triggers(project, spec)
    if wrong:
        raise Finding("\n".join(wrong))


def identity(project, spec, plan):
    """Ids are valid and unique, names are unique: https://www.jetbrains.com/help/teamcity/identifier.html"""
    every = project["buildTypes"] + project["templates"]
    for what in ("id", "name"):
        for value, count in Counter(it[what].lower() for it in every).items():
            if count > 1 or not value.strip():
                yield f"{count} build configurations with the {what} {value!r}"
    for it in every:
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,124}", it["id"]):
            yield f"{it['id']} is no valid id"


def dependencies(project, spec, plan):
    """Everything that is needed is registered, nothing goes in circles, files come from builds of the same chain."""
    known = {it["id"] for it in project["buildTypes"]}
    needed_by = {it["on"]: build["id"] for build in project["buildTypes"] for it in build["snapshots"] + build["artifacts"]}
    for it in set(needed_by) - known:
        yield f"{needed_by[it]} needs {it}, which the project does not register"
    for build in project["buildTypes"] if set(needed_by) <= known else []:
        if any(it["reuse"] != "NO" for it in build["snapshots"]):
            yield f"{build['id']} may take an old build for one of this chain"
        needed = set(chain.ordered(project, build["id"]))
        for it in build["artifacts"]:
            if it["on"] not in needed:
                yield f"{build['id']} takes files of {it['on']}, which is not in its chain"


def references(project, spec, plan):
    """Every reference has a parameter, as a build with an open one waits for an agent for ever."""
    takers = [*spec["job"].values(), spec.get("defaults", {}), spec.get("report", {})]
    secrets = [f"secret.{it}" for taker in takers for it in listed(taker.get("secrets", []))]
    for build in project["buildTypes"]:
        for known in parameters.legs(project, build):
            allowed = {*known, *parameters.PREDEFINED, *parameters.OF_REQUESTS, *secrets}
            unknown = {name for it in strings([build, known]) for name in parameters.references(it)} - allowed
            if unknown:
                yield f"{build['id']} refers to {', '.join(sorted(unknown))}, which no parameter is"


def strings(value):
    """Every text inside a model."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for it in value.values() if isinstance(value, dict) else value:
            yield from strings(it)


def regular(project):
    """The build configurations that do something themselves."""
    return [it for it in project["buildTypes"] if it["type"] == "REGULAR"]


def legs(project, spec, plan):
    """Each leg of the plan once, with its values."""
    variable = lambda key: "MATRIX_" + re.sub(r"[^A-Za-z0-9]", "_", key).upper()
    planned = Counter()
    for job in plan["jobs"]:
        for leg in job["legs"]:
            env = {variable(key): value for key, value in leg["matrix"].items() if value != ""}
            if "shard" in leg:
                env |= {f"CI_GEN_SHARD_{key.upper()}": str(value) for key, value in leg["shard"].items()}
            planned[chain.slug(job["id"]), tuple(sorted(env.items()))] += 1
    found = Counter()
    for build in regular(project):
        for known in parameters.legs(project, build):
            env = {name[4:]: parameters.resolve(value, {}) for name, value in known.items() if is_of_leg(name)}
            pairs = tuple(sorted(it for it in env.items() if it[1] != ""))
            found[chain.slug(chain.job_of(build)), pairs] += 1
    yield from (f"missing {count} × {leg}" for leg, count in (planned - found).items())
    yield from (f"unexpected {count} × {leg}" for leg, count in (found - planned).items())


def is_of_leg(name):
    """Whether a parameter is a value of a matrix or a shard's number."""
    return name.startswith(("env.MATRIX_", "env.CI_GEN_SHARD_"))


def tolerated(spec, job, leg):
    """Whether a leg may fail."""
    return fill(text(job_in_spec(spec, job["id"]).get("allow-failure", False)), of_leg(leg)) == "true"


def of_leg(leg):
    """The values of a leg, by the names that a spec has for them."""
    return {f"matrix.{key}": value for key, value in leg["matrix"].items()}


def report_gate(spec):
    """The name of the gate of `[report]`."""
    report = spec.get("report", False)
    return (report.get("gate", "ci") if isinstance(report, dict) else "ci") if report is not False else None


def in_every_pipeline(project, build):
    """Whether every pipeline runs a build, beside what the gate brings in."""
    return all(build in chain.ordered(project, start["id"]) for start in chain.pipelines(project))


def needs(project, spec, plan):
    """The builds of a job depend on exactly what it needs, and do not start after a failure that counts."""
    target = chain.targets(project)
    for job in plan["jobs"]:
        wanted = Counter()
        for need in job["needs"]:
            legs_of_need = next(it for it in plan["jobs"] if it["id"] == need)
            may_fail = all(tolerated(spec, legs_of_need, leg) for leg in legs_of_need["legs"])
            gate = job["id"] == report_gate(spec)  # it runs after failures and has their problems
            if gate and not in_every_pipeline(project, target[chain.slug(need)]["id"]):
                continue  # a snapshot dependency starts its build, so that the gate can need only what every event runs
            actions = ("ADD_PROBLEM", "ADD_PROBLEM") if gate else ("IGNORE", "IGNORE") if may_fail else ("FAIL_TO_START", "CANCEL")
            wanted[target[chain.slug(need)]["id"], *actions] += 1
        for build in regular(project):
            if chain.slug(chain.job_of(build)) == chain.slug(job["id"]):
                found = Counter((it["on"], it["failure"], it["cancel"]) for it in build["snapshots"])
                if found != wanted:
                    yield f"{build['id']} depends on {dict(found)} instead of {dict(wanted)}"


def pipelines(project, spec, plan):
    """A failure fails every pipeline that runs the leg, unless it is allowed; each leg is in some pipeline."""
    allowed = {}
    for job in plan["jobs"]:
        for leg in job["legs"]:
            allowed.setdefault(chain.slug(job["id"]), []).append(tolerated(spec, job, leg))
    reached = set()
    for start in chain.pipelines(project):
        order = chain.ordered(project, start["id"])
        reached.update(order)
        if chain.outcomes(project, start["id"], lambda build: True)[start["id"]] != "success":
            yield f"{start['id']} fails where nothing does"
        for build in (it for it in regular(project) if it["id"] in order):
            slug = chain.slug(chain.job_of(build))
            done = chain.outcomes(project, start["id"], lambda it: it["id"] != build["id"])
            may_fail = may_build_fail(project, build, allowed[slug], plan, spec)
            if (done[start["id"]] == "success") != may_fail:
                yield f"{start['id']} is a {done[start['id']]} after a failure of {build['id']}"
    if spec.get("on", True):
        yield from (f"no pipeline runs {it['id']}" for it in regular(project) if it["id"] not in reached)


def may_build_fail(project, build, allowed, plan, spec):
    """Whether the leg of a build configuration may fail, by its values."""
    if all(allowed) or not any(allowed):
        return all(allowed)
    job = next(it for it in plan["jobs"] if chain.slug(it["id"]) == chain.slug(chain.job_of(build)))
    known = parameters.legs(project, build)[0]
    for leg in job["legs"]:
        env = {f"env.MATRIX_{re.sub('[^A-Za-z0-9]', '_', key).upper()}": value for key, value in leg["matrix"].items()}
        shard = str(leg.get("shard", {}).get("index", ""))
        own = {name: parameters.resolve(value, {}) for name, value in known.items() if name.startswith("env.MATRIX_")}
        if {k: v for k, v in own.items() if v} == {k: v for k, v in env.items() if v} and (
            known.get("env.CI_GEN_SHARD_INDEX", "") == shard
        ):
            return tolerated(spec, job, leg)
    return False


def minutes(duration):
    """A time limit of a spec in whole minutes."""
    units = {"s": 1, "m": 60, "h": 3600, "d": 86400}
    seconds = sum(int(number) * units[unit] for number, unit in re.findall(r"(\d+)\s*([smhd])", duration))
    return -(-seconds // 60)


def builds(project, spec, plan):
    """Machines, images, time limits, checkouts."""
    jobs = {chain.slug(it["id"]): it for it in plan["jobs"]}
    for build in regular(project):
        planned = jobs.get(chain.slug(chain.job_of(build)))
        if planned is None:
            yield f"{build['id']} is of no job"
            continue
        job = job_in_spec(spec, planned["id"])
        limit = minutes(job["timeout"]) if "timeout" in job else 0
        if limit and "report" in spec and "test" in job:  # ci-gen keeps the spec's limit and still writes its report
            limit += 5
        if build["failureConditions"]["executionTimeoutMin"] != limit:
            yield f"{build['id']} may take {build['failureConditions']['executionTimeoutMin']} minutes, not {limit}"
        machine = [it["value"] for it in build["requirements"] if it["param"] == "teamcity.agent.jvm.os.name"]
        runners = {fill(leg["runner"], {}) for leg in planned["legs"]}
        systems = {OS[spec.get("runner", {}).get(it, {}).get("os", it if it in OS else "linux")] for it in runners}
        if len(machine) != 1 or machine[0] not in systems | {"Mac"}:
            yield f"{build['id']} runs on {machine}, not on one of {systems}"
        if "image" in job:
            for known in parameters.legs(project, build):
                images = {parameters.resolve(it["image"], known) for it in build["steps"] if it["image"]}
                images = {it.partition("@sha256:")[0] for it in images}  # a pinned one is the same image
                wanted = {fill(job["image"], of_leg(leg)) for leg in planned["legs"]}
                if not images or not images <= wanted:
                    yield f"{build['id']} runs in {images}, not in one of {wanted}"
        if build["vcs"]["roots"] != ["Settings"] or not build["vcs"]["cleanCheckout"]:
            yield f"{build['id']} does not begin with a clean checkout"
        if not build["failureConditions"]["nonZeroExitCode"]:
            yield f"{build['id']} may exit with anything"


def scripts(project, spec, plan):
    """Scripts are strict from their first line on, and commands of a job run only after a success."""
    for build in regular(project):
        if not any(it["mode"] == "DEFAULT" and it["name"].startswith(("Run", "Test")) for it in build["steps"]):
            yield f"{build['id']} does nothing"
        for step in build["steps"]:
            script = step["script"]
            if not script:
                yield f"{build['id']}: the step {step['name']} has no script"
                continue
            wanted = {"Publish artifacts": "RUN_ON_FAILURE", "Publish artifacts of failure": "RUN_ONLY_ON_FAILURE"}
            wanted |= {"Stop services": "ALWAYS"}
            name = step["name"].removesuffix(" (pull request)")
            if step["mode"] != wanted.get(name, "DEFAULT"):
                yield f"{build['id']}: the step {step['name']} runs {step['mode']}"
            if step["runner"] == "script" and name in ("Run", "Test", "Install", "Start services"):
                first = script.split("\n")
                if first[0] not in ("#!/usr/bin/env bash", "#!/bin/sh") or first[1] != "set -eo pipefail":
                    yield f"{build['id']}: the step {step['name']} is not strict: {first[:2]}"


def results(project, spec, plan):
    """Reports are read, artifacts and what needs them have rules."""
    jobs = {chain.slug(it["id"]): it for it in plan["jobs"]}
    for build in regular(project):
        planned = jobs.get(chain.slug(chain.job_of(build)))
        job = job_in_spec(spec, planned["id"]) if planned else {}
        reports = [it for it in build["features"] if it["kind"] == "xmlReport" and it["type"] == "JUNIT"]
        rules = [rule for it in reports for rule in it["rules"].splitlines()]
        if len(rules) != len(listed(job.get("results", []))) or not all(it.startswith("+:") for it in rules):
            yield f"{build['id']} reads the reports {rules}"
        if job.get("retry") and "report" not in spec and rules and build["failureConditions"]["testFailure"]:
            yield f"{build['id']} fails by the report of a try that is made again"
        said = build["artifactRules"] + "".join(it["script"] or "" for it in build["steps"])
        for artifact in job.get("artifacts", {}).values():
            table = artifact if isinstance(artifact, dict) else {"path": artifact}
            for path in listed(table["path"]):
                literal = re.split(r"\{\{|\*", path.removeprefix("./"))[0].rstrip("/")
                if literal not in said:
                    yield f"{build['id']} does not publish {path}"


def concurrency(project, spec, plan):
    """Superseded builds are cancelled by a DSL that can; matrices that are limited share a resource.

    https://www.jetbrains.com/help/teamcity/kotlin-dsl-documentation/root/build-type-settings/running-builds-limiting-mode.html
    """
    jobs = {chain.slug(it["id"]): it for it in plan["jobs"]}
    quotas = {it["name"]: it["type"].get("quota") for it in project["features"] if it["kind"] == "sharedResource"}
    for build in regular(project):
        planned = jobs.get(chain.slug(chain.job_of(build)))
        job = job_in_spec(spec, planned["id"]) if planned else {}
        found = (build["maxRunningBuildsPerBranch"], build["runningBuildsLimitingMode"])
        wanted = {"cancel-superseded": ("*:1", "CANCEL_OLDEST_RUNNING_BUILD"), "queue": ("*:1", None)}
        if found != wanted.get(job.get("concurrency"), ("", None)):
            yield f"{build['id']} limits its builds by {found}"
        most = job.get("matrix", {}).get("max-parallel")
        locks = [name for it in build["features"] if it["kind"] == "sharedResources" for name in it["locks"]]
        if most and len(planned["legs"]) > most and [quotas.get(it) for it in locks] != [most]:
            yield f"{build['id']} takes {locks} of {quotas}, and {most} of its legs may run at once"
    if project["version"] not in ("2025.11", "2026.1"):
        yield f"there is no DSL {project['version']}"
    if "CANCEL_OLDEST_RUNNING_BUILD" in strings(project["buildTypes"]) and project["version"] < "2026.1":
        yield "cancelling came with the DSL 2026.1"
