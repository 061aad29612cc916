"""Build chains: what depends on what, and what becomes of a build when one that it needs fails.

https://www.jetbrains.com/help/teamcity/snapshot-dependencies.html
"""

import re


def job_of(build):
    """The job that a build configuration belongs to: names are `unit` or `unit (3.12, 1/2)`."""
    return build["name"].partition(" (")[0]


def slug(name):
    """A name as the plan's ids have it."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def pipelines(project):
    """The builds that start everything: nothing depends on them."""
    needed = {it["on"] for build in project["buildTypes"] for it in build["snapshots"]}
    return [it for it in project["buildTypes"] if it["id"] not in needed and it["type"] == "COMPOSITE"]


def targets(project):
    """What stands for a job, by slug: its only build, or the one over all of them."""
    found = {}
    for build in sorted(project["buildTypes"], key=lambda it: it["type"] == "COMPOSITE"):
        if build not in pipelines(project):
            found[slug(job_of(build))] = build
    return found


def ordered(project, start):
    """The ids of a chain, each behind all that it needs."""
    builds = {it["id"]: it for it in project["buildTypes"]}
    order = []

    def visit(name, path):
        if name in path:
            raise ValueError(f"a circle of dependencies: {' -> '.join([*path, name])}")
        if name not in order:
            for it in builds[name]["snapshots"]:
                visit(it["on"], [*path, name])
            order.append(name)

    visit(start, [])
    return order


def outcomes(project, start, execute):
    """Runs a chain: `success`, `failure` or `skipped` by id; `execute(build)` gives whether its own work succeeds."""
    builds = {it["id"]: it for it in project["buildTypes"]}
    done = {}
    for name in ordered(project, start):
        build = builds[name]
        actions = []
        for it in build["snapshots"]:
            if done[it["on"]] != "success":
                actions.append(it["failure" if done[it["on"]] == "failure" else "cancel"])
        if "FAIL_TO_START" in actions or "CANCEL" in actions:
            done[name] = "skipped"
        elif not execute(build) or "ADD_PROBLEM" in actions:
            done[name] = "failure"
        else:
            done[name] = "success"
    return done
