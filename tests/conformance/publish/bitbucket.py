"""Bitbucket Cloud: reports, build statuses and comments, judged by Atlassian's own description of its API."""

import json

import tools
from publish import described
from publish.bench import TOKEN, expect, tell, words
from publish.described import Spoiled, Vendor, body
from publish.fake import Fake, Things
from publish.openapi import Correction
from suite import Finding

SHA = "8d6f0c2e4b1a39577c0e9d84f2a6b3c1d5e7f901"
REPOSITORY = "/repositories/{workspace}/{repo_slug}"
REPORTS = f"{REPOSITORY}/commit/{{commit}}/reports"
REPORT = f"{REPORTS}/{{reportId}}"
ANNOTATIONS = f"{REPORT}/annotations"
STATUS = f"{REPOSITORY}/commit/{{commit}}/statuses/build"
COMMENTS = f"{REPOSITORY}/pullrequests/{{pull_request_id}}/comments"
WANTED = [f"GET {REPORTS}", f"PUT {REPORT}", f"DELETE {REPORT}", f"GET {ANNOTATIONS}", f"POST {ANNOTATIONS}"]
WANTED += [f"DELETE {ANNOTATIONS}/{{annotationId}}", f"POST {STATUS}", f"GET {COMMENTS}", f"POST {COMMENTS}"]
WANTED += [f"{method} {COMMENTS}/{{comment_id}}" for method in ("PUT", "DELETE")]
FAILING = 120


def kind(spec):
    spec["components"]["schemas"]["object"].pop("required")


def value(spec):
    spec["components"]["schemas"]["report_data"]["properties"]["value"] = {}


def pages(spec):
    parameter = {"name": "pagelen", "in": "query", "schema": {"type": "integer", "minimum": 10, "maximum": 100}}
    for path in (REPORTS, ANNOTATIONS, COMMENTS):
        spec["paths"][path]["get"].setdefault("parameters", []).append(parameter)


def needed(spec):
    ours = spec["components"]["schemas"]["commitstatus"]["allOf"][1]
    ours["required"] = ["key", "state", "url"]
    ours["properties"]["key"]["maxLength"] = 40


CORRECTIONS = [
    Correction("no sample of Atlassian's names the `type` of a body: https://developer.atlassian.com/cloud/bitbucket/rest/api-group-reports/", kind),
    Correction("the `value` of report data is what its `type` says, not an object: the same page", value),
    Correction("lists take `pagelen`: https://developer.atlassian.com/cloud/bitbucket/rest/intro/#pagination", pages),
    Correction("a status needs a key of at most 40 characters, a state and an address: https://github.com/buildbot/buildbot/issues/7049", needed),
]


class Bitbucket(Vendor):
    """A repository with an open pull request."""

    name, corrections, wanted = "bitbucket", CORRECTIONS, WANTED
    number = "BITBUCKET_STEP_RUN_NUMBER"

    def __init__(self):
        self.reports, self.annotations, self.statuses, self.comments = {}, {}, {}, Things()
        self.removed = []
        fake = Fake(
            ("GET", REPORTS, lambda *_: page(self.reports)),
            ("PUT", REPORT, self.put),
            ("DELETE", REPORT, self.remove),
            ("GET", ANNOTATIONS, lambda _it, _w, _r, _c, id: page(self.annotations.get(id, {}))),
            ("POST", ANNOTATIONS, self.annotate),
            ("DELETE", f"{ANNOTATIONS}/{{}}", lambda _it, _w, _r, _c, report, id: (204, self.annotations[report].pop(id))),
            ("POST", STATUS, self.status),
            ("GET", COMMENTS, lambda *_: page(self.comments)),
            ("POST", COMMENTS, lambda it, *_: (201, self.comment(it.json()["content"]["raw"]))),
            ("PUT", f"{COMMENTS}/{{}}", lambda it, *open: (200, self.changed(int(open[-1]), it.json()))),
            ("DELETE", f"{COMMENTS}/{{}}", lambda _, *open: (204, self.comments.pop(int(open[-1])))),
        )
        self.answer = fake.answer

    def description(self):
        return json.loads(tools.descriptions()["bitbucket"].read_text())

    def variables(self, address):
        return {
            "CI": "true",
            "CI_GEN_API_URL": address,
            "BITBUCKET_BUILD_NUMBER": "42",
            "BITBUCKET_STEP_RUN_NUMBER": "1",
            "BITBUCKET_REPO_FULL_NAME": "acme/shop",
            "BITBUCKET_WORKSPACE": "acme",
            "BITBUCKET_REPO_SLUG": "shop",
            "BITBUCKET_BRANCH": "fix",
            "BITBUCKET_COMMIT": SHA,
            "BITBUCKET_PR_ID": "17",
            "BITBUCKET_PR_DESTINATION_BRANCH": "main",
            "BITBUCKET_TOKEN": TOKEN,
        }

    def put(self, exchange, _workspace, _repository, _commit, id):
        """Writes a report."""
        self.reports[id] = {**exchange.json(), "external_id": id, "uuid": f"{{{id}}}"}
        return 200, self.reports[id]

    def remove(self, _exchange, _workspace, _repository, _commit, id):
        """Removes a report and its annotations."""
        self.removed.append(id)
        self.annotations.pop(id, None)
        return 204, self.reports.pop(id, None)

    def annotate(self, exchange, _workspace, _repository, _commit, id):
        """Adds annotations, or replaces those of the same name."""
        for it in exchange.json():
            self.annotations.setdefault(id, {})[it["external_id"]] = it
        return 200, exchange.json()

    def status(self, exchange, *_):
        """Sets a status."""
        self.statuses[exchange.json()["key"]] = exchange.json()
        return 201, exchange.json()

    def comment(self, text):
        """A comment of the token's user."""
        return self.comments.add({"content": {"raw": text}, "user": {"uuid": "{1}"}, "deleted": False})

    def changed(self, id, comment):
        """A comment with another text."""
        self.comments[id].update(comment)
        return self.comments[id]


def page(things):
    """The one page of a list."""
    return 200, {"values": list(things.values()), "page": 1, "pagelen": 100}


def first_run(bench):
    """A run with failures: its report, an annotation for each, a hundred at most at a time."""
    front = bench.publish(FAILING, "tests,status,comment")
    judge(bench.vendor, FAILING)
    sizes = [len(it.json()) for it in front.sent("POST", "/annotations")]
    if sizes != [100, FAILING - 100]:
        raise Finding(f"annotations were sent in batches of {sizes}")


def changed_run(bench):
    """The same run once more, with two failures less: their annotations are gone."""
    bench.publish(FAILING - 2, "tests")
    judge(bench.vendor, FAILING - 2, False)


def next_run(bench):
    """Another attempt of the step, which is good, where the comment is there twice."""
    bitbucket = bench.vendor
    (before,) = bitbucket.reports
    bitbucket.comment(*[it["content"]["raw"] for it in bitbucket.comments.values()])
    bench.publish(0, "tests,status,comment", BITBUCKET_STEP_RUN_NUMBER="2")
    judge(bitbucket, 0)
    if before not in bitbucket.removed:
        raise Finding("the report of the attempt before is there still")


def judge(bitbucket, failing, all=True):
    """One report with an annotation for each failure, one comment and the status say how the run ended."""
    wrong = []
    expect(wrong, "the number of reports", 1, len(bitbucket.reports))
    ((id, report),) = bitbucket.reports.items()
    expect(wrong, "the report's result", "FAILED" if failing else "PASSED", report["result"])
    if words(failing) not in report["details"]:
        wrong.append(f"the report does not say `{words(failing)}`: {report['details']}")
    expect(wrong, "the number of annotations", failing, len(bitbucket.annotations.get(id, {})))
    if all:
        comments = [it["content"]["raw"] for it in bitbucket.comments.values()]
        expect(wrong, "the number of comments", 1, len(comments))
        if words(failing) not in comments[0]:
            wrong.append(f"the comment does not say `{words(failing)}`: {comments[0][:300]}")
        states = {key: (it["state"], it["refname"]) for key, it in bitbucket.statuses.items()}
        expect(wrong, "the status", {"ci-gen": ("FAILED" if failing else "SUCCESSFUL", "fix")}, states)
    tell(wrong)


def data(report):
    report["data"][0]["type"] = "INTEGER"


SPOILED = [
    Spoiled("a state that there is none", "allowed values", "status", body("POST", "/statuses/", lambda it: it.update(state="SUCCESS"))),
    Spoiled("no key", "required property 'key'", "status", body("POST", "/statuses/", lambda it: it.pop("key") and None)),
    Spoiled("a key that is too long", "more than 40 characters", "status", body("POST", "/statuses/", lambda it: it.update(key="k" * 41))),
    Spoiled("a field that there is none", "additional propert", "status", body("POST", "/statuses/", lambda it: it.update(colour="red"))),
    Spoiled("a result that there is none", "allowed values", "tests", body("PUT", "/reports/", lambda it: it.update(result="ERROR"))),
    Spoiled("a kind of data that there is none", "allowed values", "tests", body("PUT", "/reports/", data)),
    Spoiled("101 annotations at once", "more than 100 items", "tests", body("POST", "/annotations", lambda it: it[:1] * 101)),
    Spoiled("a line that there is none", ">= 1", "tests", body("POST", "/annotations", lambda it: it[0].update(line=0))),
    Spoiled("a comment that is a text", "must be object", "comment", body("PUT", "/comments/", lambda it: it.update(content="x"))),
    Spoiled("an endpoint that there is none", "at no endpoint", "status", described.path("/statuses/build", "/status/build")),
    Spoiled("no token", "Invalid security scheme", "status", described.without("authorization")),
]
RUNS = [
    ("a run with failures", first_run),
    ("the same run again, with two failures less", changed_run),
    ("another attempt, which is good, with a comment too many", next_run),
    described.hostile_run("tests,status,comment", 900),
]


def checks(suite):
    """Publishes run after run, then with requests that were spoiled on the way."""
    described.checks(suite, Bitbucket(), RUNS, SPOILED)
