"""Does with python-gitlab what standard input tells as JSON: https://python-gitlab.readthedocs.io"""

import json
import sys

import gitlab

told = json.load(sys.stdin)
server = gitlab.Gitlab(told["address"], private_token=told["token"])


def fields(manager, body):
    """The fields that the client's own lists name."""
    known = manager._create_attrs
    return {name: value for name, value in body.items() if name in known.required + known.optional}


for it in told["acts"]:
    project = server.projects.get(it["project"], lazy=True)
    change = project.mergerequests.get(told["change"], lazy=True)
    commit = project.commits.get(told["sha"], lazy=True)
    match it["act"]:
        case "read the notes":
            change.notes.list(get_all=True, **it["query"])
        case "write a note":
            change.notes.create(fields(change.notes, it["body"]))
        case "change a note":
            change.notes.update(it["note"], it["body"])
        case "remove a note":
            change.notes.delete(it["note"])
        case "set a status":
            commit.statuses.create(fields(commit.statuses, it["body"]))
        case "read the statuses":
            commit.statuses.list(get_all=True, **it["query"])
        case "find the merge request":
            commit.merge_requests(**it["query"])
