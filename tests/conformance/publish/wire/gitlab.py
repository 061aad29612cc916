"""Notes and statuses of GitLab, beside those of GitLab's own client and of python-gitlab.

Both know version 4 of the API, which the description does not: they send nothing that they have no field for.
"""

import copy
import json
import pathlib

import tools
from publish.gitlab import Gitlab
from publish.wire import calls
from publish.wire.calls import Act, Allowed

CLIENTS = pathlib.Path(__file__).parent / "clients"
HEADERS = ["private-token", "authorization"]


def project(call):
    """The project of a call as it is written in its address, to be written again by the other client."""
    return {"project": call["path"].split("/")[4].replace("%2F", "/").replace("%2f", "/")}


def query(call):
    return {**project(call), "query": call["query"]}


def body(call):
    return {**project(call), "body": call["body"]}


def note(call):
    return {**body(call), "note": int(call["path"].rpartition("/")[2])}


ACTS = [
    Act("read the notes", "GET", "/notes$", query),
    Act("write a note", "POST", "/notes", body),
    Act("change a note", "PUT", "/notes/", note),
    Act("remove a note", "DELETE", "/notes/", note),
    Act("set a status", "POST", "/statuses/", body),
    Act("read the statuses", "GET", "/statuses$", query),
    Act("find the merge request", "GET", "/merge_requests$", query),
]


def pipeline(act, ours, theirs):
    if act == "set a status":
        ours["body"].pop("pipeline_id", None)


def dots(act, ours, theirs):
    theirs["path"] = theirs["path"].replace("%2E", ".")


def pages(act, ours, theirs):
    if act == "find the merge request":
        ours["query"].pop("per_page", None)


OWN = [
    Allowed("GitLab's client writes the dots of a path as %2E, which is the same", dots),
    Allowed("GitLab's client takes no size of a page for the merge requests of a commit, as it does elsewhere", pages),
]
ALLOWED = [
    Allowed("python-gitlab knows no `pipeline_id` of a status, which GitLab documents: https://docs.gitlab.com/api/commits/#set-commit-pipeline-status", pipeline),
]
SPOILED = [
    ("a slash of the project that is not encoded", "write a note", lambda it: it.update(path=it["path"].replace("%2F", "/"))),
    ("another order", "read the notes", lambda it: it["query"].update(sort="desc")),
    ("a text under another name", "write a note", lambda it: it["body"].update(text=it["body"].pop("body"))),
    ("a form in place of JSON", "change a note", lambda it: it["headers"].update({"content-type": "application/x-www-form-urlencoded"})),
    ("another method", "change a note", lambda it: it.update(method="PATCH")),
    ("a token of another kind", "set a status", lambda it: it["headers"].update({"private-token": None, "authorization": "Bearer x"})),
    ("a state under another name", "set a status", lambda it: it["body"].update(status=it["body"].pop("state"))),
]


def coloured(log):
    """A status with a field that there is none."""
    status = copy.copy(next(it for it in log if "/statuses/" in it.path))
    status.body = json.dumps({**status.json(), "colour": "red"}).encode()
    return status


def checks(suite, log):
    """Compares what ci-gen asked, which `log` holds."""
    told = {"change": 7, "sha": "c0ffee00" * 5}

    def made(*command, log=log):
        vendor = Gitlab()
        # Notes that can be changed and removed, whatever their number is.
        vendor.notes.update({number: {"id": number, "body": "x"} for number in range(1000)})
        return calls.Comparison(ACTS, log, HEADERS, vendor.answer, command, told)

    own, other = tools.gitlab_client(CLIENTS / "gitlab"), tools.python_gitlab()
    calls.checks(suite, "GitLab's own client", lambda: made(own), OWN, SPOILED)
    suite.must_fail("GitLab's own client: a field that it has no place for", lambda: made(own, log=[*log, coloured(log)]))
    calls.checks(suite, "python-gitlab", lambda: made(other, CLIENTS / "python_gitlab.py"), ALLOWED, SPOILED)
