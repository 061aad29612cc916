"""Notes and statuses of GitLab, beside those of python-gitlab, which does not send what its lists of fields do not name."""

import pathlib

import tools
from publish.gitlab import Gitlab
from publish.wire import calls
from publish.wire.calls import Act, Allowed

CLIENT = pathlib.Path(__file__).parent / "clients" / "python_gitlab.py"
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


def checks(suite, log):
    """Compares what ci-gen asked, which `log` holds."""
    vendor = Gitlab()
    # Notes that can be changed and removed, whatever their number is.
    vendor.notes.update({number: {"id": number, "body": "x"} for number in range(1000)})
    command = [tools.python_gitlab(), CLIENT]
    told = {"change": 7, "sha": "c0ffee00" * 5}
    compare = lambda: calls.Comparison(ACTS, log, HEADERS, vendor.answer, command, told)
    calls.checks(suite, "the client of GitLab", compare, ALLOWED, SPOILED)
