"""Triggers: which branches, tags, pull requests and times start a pipeline."""

import re

from execution import listed
from teamcity import chain, parameters


def passes(rules, branch):
    """Whether a branch filter lets a branch pass: the rule whose `*` stands for least decides, of equals the last.

    https://www.jetbrains.com/help/teamcity/branch-filter.html
    """
    best = None
    for rule in rules:
        sign, _, pattern = rule.partition(":")
        if sign not in "+-":  # `+pr:`
            continue
        before, star, behind = parameters.resolve(pattern, {}).partition("*")
        if "*" in behind:
            raise ValueError(f"{rule} has two wildcards")
        if not star and branch != before:
            continue
        rest = len(branch) - len(before) - len(behind)
        if star and not (rest >= 1 and branch.startswith(before) and branch.endswith(behind)):
            continue
        if best is None or rest <= best[0]:
            best = (rest, sign)
    return best is not None and best[1] == "+"


def triggers(project, spec):
    """What is wrong with the triggers of all pipelines."""
    every = [it for build in chain.pipelines(project) for it in build["triggers"]]
    filters = [(it["branchFilter"] or "").splitlines() for it in every if it["kind"] == "vcs"]
    schedules = [it for it in every if it["kind"] == "schedule"]
    on = spec.get("on", {"push": True, "pull-request": True})
    push = on.get("push", False)
    branches, tags = ["**"] if push is True else [], []
    if isinstance(push, dict):
        branches, tags = listed(push.get("branches", [])), listed(push.get("tags", []))
        branches = branches or ([] if tags else ["**"])
    starts = lambda name: any(passes(it, name) for it in filters)
    for glob in branches:
        if not starts(re.sub(r"\*+", "x1", glob)):
            yield f"a push to {glob} starts nothing"
    for glob in tags:
        if not starts("tags/" + re.sub(r"\*+", "x1", glob)):
            yield f"the tag {glob} starts nothing"
    if not any("*" in it for it in branches) and starts("zz-other"):
        yield "a push to any branch starts something"
    if tags and "**" not in tags and starts("tags/zz-other"):
        yield "any tag starts something"
    requests = on.get("pull-request", False)
    if bool(requests) != any(rule.startswith("+pr:") for it in filters for rule in it):
        yield f"pull requests: {filters}"
    yield from watches(project, requests)
    if len(schedules) < len(listed(on.get("schedule", []))):
        yield f"{len(schedules)} schedules"
    for it in schedules:
        cron = it["cron"] or {}
        days = [cron.get("dayOfMonth"), cron.get("dayOfWeek")]
        if days.count("?") != 1 or not all(cron.get(key) for key in ("seconds", "minutes", "hours", "month")):
            yield f"{cron} is not what Quartz reads"
        if cron.get("timezone") != "UTC" or not it["always"] or it["withPendingChangesOnly"] is not False:
            yield f"the schedule {it} depends on the server or on changes"
    for build in project["buildTypes"]:
        if build["triggers"] and build not in chain.pipelines(project):
            yield f"{build['id']} starts by itself"


def watches(project, requests):
    """Every build sees pull requests, as the same branch must be known all along a chain."""
    templates = {it["id"]: it for it in project["templates"]}
    for build in project["buildTypes"]:
        features = build["features"] + [it for name in build["templates"] for it in templates[name]["features"]]
        found = [it for it in features if it["kind"] == "pullRequests"]
        if len(found) != (1 if requests else 0):
            yield f"{build['id']} watches pull requests {len(found)} times"
        for it in found:
            targets = requests.get("branches", []) if isinstance(requests, dict) else []
            rules = (it["target"] or "").splitlines()
            if it["vcsRoot"] != "Settings" or not it["authorized"] or bool(rules) != bool(targets):
                yield f"{build['id']} cannot watch pull requests: {it}"
            for glob in listed(targets):
                if not passes(rules, "refs/heads/" + re.sub(r"\*+", "x1", glob)):
                    yield f"pull requests to {glob} start nothing"
