"""GitLab: notes and commit statuses, judged by GitLab's own description of its API.

The one that a registry has is of version 3 of the API; what version 4 changed of it is in `CORRECTIONS`.
"""

import json

import tools
from publish import described
from publish.bench import TOKEN, expect, tell, words
from publish.described import Spoiled, Vendor, body
from publish.fake import Fake, Things
from publish.openapi import Correction, Gap

PROJECT, PIPELINE, CHANGE = 5, 77, 7
SHA = "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00"
API = "/api/v4/projects/{id}"
STATUS = f"{API}/statuses/{{sha}}"
NOTES = f"{API}/merge_requests/{{noteable_id}}/notes"
COMMIT = f"{API}/repository/commits/{{sha}}"
WANTED = [f"POST {STATUS}", f"GET {COMMIT}/statuses", f"GET {NOTES}", f"POST {NOTES}"]
WANTED += [f"{method} {NOTES}/{{note_id}}" for method in ("PUT", "DELETE")]


def version(spec):
    spec["paths"] = {f"/api{it.replace('/v3/', '/v4/')}": value for it, value in spec["paths"].items()}


def media(spec):
    bodies = [*spec["components"]["requestBodies"].values()]
    bodies += [it["requestBody"] for of in spec["paths"].values() for it in of.values() if "requestBody" in it]
    for it in bodies:
        if form := it.get("content", {}).get("application/x-www-form-urlencoded"):
            it["content"]["application/json"] = form


def pipeline(spec):
    schema = spec["paths"][STATUS]["post"]["requestBody"]["content"]["application/json"]["schema"]
    schema["properties"]["pipeline_id"] = {"type": "integer"}


def order(spec):
    for name, values in [("sort", ["asc", "desc"]), ("order_by", ["created_at", "updated_at"])]:
        parameter = {"name": name, "in": "query", "schema": {"type": "string", "enum": values}}
        spec["paths"][NOTES]["get"]["parameters"].append(parameter)


CORRECTIONS = [
    Correction("version 3 is version 4 now: https://docs.gitlab.com/api/rest/", version),
    Correction("bodies may be JSON: https://docs.gitlab.com/api/rest/#request-payload", media),
    Correction("`pipeline_id` of a status is newer: https://docs.gitlab.com/api/commits/#set-commit-pipeline-status", pipeline),
    Correction("`sort` and `order_by` of notes are newer: https://docs.gitlab.com/api/notes/#list-all-merge-request-notes", order),
]
GAPS = [
    Gap("GET", f"{COMMIT}/merge_requests", "newer than version 3: https://docs.gitlab.com/api/commits/"),
]


class Gitlab(Vendor):
    """A project with an open merge request."""

    name, corrections, gaps, wanted = "gitlab", CORRECTIONS, GAPS, WANTED
    security = {"type": "apiKey", "in": "header", "name": "PRIVATE-TOKEN"}
    number = "CI_PIPELINE_ID"

    def __init__(self):
        self.notes, self.statuses = Things(), Things()
        self.answer = Fake(
            ("POST", STATUS, lambda it, _, sha: (201, self.statuses.add({**it.json(), "status": it.json()["state"], "sha": sha}))),
            ("GET", f"{COMMIT}/statuses", lambda *_: (200, list(self.statuses.values()))),
            ("GET", NOTES, lambda *_: (200, list(self.notes.values()))),
            ("POST", NOTES, lambda it, *_: (201, self.note(it.json()["body"]))),
            ("PUT", f"{NOTES}/{{}}", lambda it, _project, _change, id: (200, self.noted(int(id), it.json()["body"]))),
            ("DELETE", f"{NOTES}/{{}}", lambda _it, _project, _change, id: (200, self.notes.pop(int(id)))),
            ("GET", f"{COMMIT}/merge_requests", lambda *_: (200, [self.change()])),
        ).answer

    def description(self):
        return json.loads(tools.descriptions()["gitlab"].read_text())

    def variables(self, address):
        return {
            "GITLAB_CI": "true",
            "CI_API_V4_URL": f"{address}/api/v4",
            "CI_SERVER_URL": "https://gitlab.example.org",
            # Without its number, so that the path has to be written in addresses.
            "CI_PROJECT_PATH": "acme/sub.group/shop-api_x",
            "CI_PROJECT_URL": "https://gitlab.example.org/acme/sub.group/shop-api_x",
            "CI_PIPELINE_ID": str(PIPELINE),
            "CI_PIPELINE_SOURCE": "merge_request_event",
            "CI_COMMIT_SHA": SHA,
            "CI_COMMIT_REF_NAME": "fix",
            "CI_MERGE_REQUEST_IID": str(CHANGE),
            "CI_MERGE_REQUEST_PROJECT_PATH": "acme/sub.group/shop-api_x",
            "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "fix",
            "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": SHA,
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
            "CI_JOB_NAME": "unit",
            "GITLAB_TOKEN": TOKEN,
        }

    def note(self, text):
        """A note of the token's user."""
        return self.notes.add({"body": text, "system": False, "author": {"id": 1}})

    def noted(self, id, text):
        """A note that was changed."""
        self.notes[id]["body"] = text
        return self.notes[id]

    def change(self):
        """The merge request."""
        return {"iid": CHANGE, "project_id": PROJECT, "state": "opened", "sha": SHA, "source_branch": "fix"}


# A branch's pipeline knows of no merge request.
BRANCH = {name: "" for name in ["IID", "PROJECT_PATH", "SOURCE_BRANCH_NAME", "SOURCE_BRANCH_SHA", "TARGET_BRANCH_NAME"]}
BRANCH = {**{f"CI_MERGE_REQUEST_{name}": it for name, it in BRANCH.items()}, "CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "fix"}


def first_run(bench):
    """A run with failures: its status, its note."""
    bench.publish(3, "status,comment")
    judge(bench.vendor, 3, 1)


def next_run(bench):
    """A good run of the branch, where the note is there twice, and the answer to the status is lost."""
    bench.vendor.note(*[it["body"] for it in bench.vendor.notes.values()])
    lost = []

    def lose(exchange):
        if "/statuses/" in exchange.path and exchange.json()["state"] == "success" and not lost:
            lost.append(exchange)
            return bench.delivered(exchange)
        return None

    bench.publish(0, "status,comment", lose, CI_PIPELINE_ID="78", **BRANCH)
    judge(bench.vendor, 0, 2)


def judge(gitlab, failing, ended):
    """One note says how the run ended, and so do the statuses, each run's once."""
    wrong = []
    notes = [it["body"] for it in gitlab.notes.values()]
    expect(wrong, "the number of notes", 1, len(notes))
    if notes and words(failing) not in notes[0]:
        wrong.append(f"the note does not say `{words(failing)}`: {notes[0][:300]}")
    statuses = [it for it in gitlab.statuses.values() if it["state"] in ("success", "failed")]
    expect(wrong, "the number of statuses that ended", ended, len(statuses))
    last = statuses[-1] if statuses else {}
    expect(wrong, "the last status", ("ci-gen", "failed" if failing else "success", SHA), tuple(last.get(it) for it in ("name", "state", "sha")))
    expect(wrong, "its pipeline", PIPELINE + ended - 1, last.get("pipeline_id"))
    tell(wrong)


SPOILED = [
    Spoiled("a state that there is none", "allowed values", "status", body("POST", "/statuses/", lambda it: it.update(state="passed"))),
    Spoiled("no state", "required property 'state'", "status", body("POST", "/statuses/", lambda it: it.pop("state") and None)),
    Spoiled("a pipeline that is no number", "must be integer", "status", body("POST", "/statuses/", lambda it: it.update(pipeline_id="x"))),
    Spoiled("a field that there is none", "additional propert", "status", body("POST", "/statuses/", lambda it: it.update(colour="red"))),
    Spoiled("a note without a text", "required property 'body'", "comment", body("PUT", "/notes/", lambda it: it.pop("body") and None)),
    Spoiled("a parameter that there is none", "has no parameter order", "comment", described.path("order_by=", "order=")),
    Spoiled("an order that there is none", "allowed values", "comment", described.path("sort=asc", "sort=up")),
    Spoiled("an endpoint that there is none", "at no endpoint", "status", described.path("/statuses/", "/status/")),
    Spoiled("no token", "Invalid security scheme", "status", described.without("private-token")),
]
RUNS = [
    ("a run with failures", first_run),
    ("the next run, which is good, with a note too many and an answer too few", next_run),
    described.hostile_run("status,comment", 900),
]


def checks(suite):
    """Publishes run after run, then with requests that were spoiled on the way; gives what was asked."""
    return described.checks(suite, Gitlab(), RUNS, SPOILED)
