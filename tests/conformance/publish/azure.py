"""Azure DevOps: test runs, statuses and comments, judged by what Microsoft's own crate says of the API."""

import tools
from publish import crate, described
from publish.bench import TOKEN, expect, tell, words
from publish.described import Spoiled, Vendor, body
from publish.fake import Fake, Things
from publish.openapi import METHODS, Correction

SHA = "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00"
REPOSITORY_ID = "0a1b2c3d-0000-4000-8000-00000000000f"
PROJECT = "/{organization}/{project}/_apis"
RUNS = f"{PROJECT}/test/runs"
RESULTS = f"{PROJECT}/test/Runs/{{run_id}}/results"
FILES = f"{PROJECT}/test/Runs/{{run_id}}/attachments"
REPOSITORY = f"{PROJECT}/git/repositories/{{repository_id}}"
OF_COMMIT = f"{REPOSITORY}/commits/{{commit_id}}/statuses"
OF_CHANGE = f"{REPOSITORY}/pullRequests/{{pull_request_id}}/statuses"
THREADS = f"{REPOSITORY}/pullRequests/{{pull_request_id}}/threads"
COMMENT = f"{THREADS}/{{thread_id}}/comments/{{comment_id}}"
WANTED = [f"GET {RUNS}", f"POST {RUNS}", f"PATCH {RUNS}/{{run_id}}", f"GET {RESULTS}", f"POST {RESULTS}"]
WANTED += [f"GET {FILES}", f"POST {FILES}", f"POST {OF_COMMIT}", f"POST {OF_CHANGE}"]
WANTED += [f"GET {THREADS}", f"POST {THREADS}", f"PATCH {COMMENT}", f"DELETE {COMMENT}"]
FAILING = 120


def operations(spec):
    return [it for of in spec["paths"].values() for method, it in of.items() if method in METHODS]


def version(spec):
    for it in operations(spec):
        for parameter in it["parameters"]:
            if parameter["name"] == "api-version":
                parameter["schema"]["enum"] = ["7.1"]


def outcomes(spec):
    words = ["None", "Passed", "Failed", "Inconclusive", "Timeout", "Aborted", "Blocked", "NotExecuted", "Warning", "Error"]
    words += ["NotApplicable", "Paused", "InProgress", "NotImpacted", "Unspecified"]
    for name in ("TestCaseResult", "TestSubResult"):
        spec["components"]["schemas"][f"test.{name}"]["properties"]["outcome"]["enum"] = words


def needed(spec):
    schemas = spec["components"]["schemas"]
    schemas["git.GitStatus"]["required"] = ["context"]
    schemas["git.GitStatusContext"]["required"] = ["name"]
    schemas["test.RunCreateModel"]["required"] = ["name"]


CORRECTIONS = [
    Correction("version 7.1 is no preview any more: https://learn.microsoft.com/azure/devops/integrate/concepts/rest-api-versioning", version),
    Correction("words of an outcome are told in prose alone: https://learn.microsoft.com/rest/api/azure/devops/test/results/add#testcaseresult", outcomes),
    Correction("a status needs a context with a name, a run a name: https://learn.microsoft.com/rest/api/azure/devops/git/pull-request-statuses/create", needed),
]


class Azure(Vendor):
    """A project with a pipeline, another one with the repository, and an open pull request."""

    name, corrections, wanted = "azure", CORRECTIONS, WANTED
    number = "BUILD_BUILDID"

    def __init__(self):
        self.runs, self.threads, self.results, self.files, self.statuses = Things(), Things(), {}, {}, []
        self.answer = Fake(
            ("GET", RUNS, lambda it, *_: listed([of for of in self.runs.values() if it_is_of(it, of)])),
            ("POST", RUNS, lambda it, *_: (200, self.runs.add(it.json()))),
            ("PATCH", f"{RUNS}/{{}}", lambda it, *open: (200, changed(self.runs[int(open[-1])], it.json()))),
            ("GET", RESULTS, lambda _, *open: listed(self.results.get(open[-1], []))),
            ("POST", RESULTS, lambda it, *open: kept(self.results, open[-1], it.json())),
            ("GET", FILES, lambda _, *open: listed(self.files.get(open[-1], []))),
            ("POST", FILES, self.file),
            ("POST", OF_COMMIT, lambda it, *open: self.status("commit", open[-1], it.json())),
            ("POST", OF_CHANGE, lambda it, *open: self.status("change", open[-1], it.json())),
            ("GET", THREADS, lambda *_: listed(self.threads.values())),
            ("POST", THREADS, lambda it, *_: (200, self.thread(it.json()))),
            ("PATCH", COMMENT, lambda it, *open: (200, changed(self.threads[int(open[-2])]["comments"][0], it.json()))),
            ("DELETE", COMMENT, lambda _, *open: (200, self.threads.pop(int(open[-2])))),
        ).answer

    def description(self):
        return crate.description(tools.azure_devops(), ["test", "git"])

    def variables(self, address):
        return {
            "TF_BUILD": "True",
            "BUILD_BUILDID": "41",
            "SYSTEM_COLLECTIONURI": f"{address}/acme/",
            "SYSTEM_TEAMPROJECT": "My Shop",
            "SYSTEM_STAGENAME": "test",
            "SYSTEM_STAGEATTEMPT": "1",
            "SYSTEM_PHASENAME": "unit",
            "SYSTEM_JOBNAME": "linux",
            "SYSTEM_JOBATTEMPT": "1",
            "BUILD_REASON": "PullRequest",
            "BUILD_SOURCEBRANCH": "refs/pull/7/merge",
            "BUILD_SOURCEVERSION": "f" * 40,
            "SYSTEM_PULLREQUEST_PULLREQUESTID": "7",
            "SYSTEM_PULLREQUEST_SOURCEBRANCH": "refs/heads/fix",
            "SYSTEM_PULLREQUEST_SOURCECOMMITID": SHA,
            "SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main",
            "BUILD_REPOSITORY_PROVIDER": "TfsGit",
            "BUILD_REPOSITORY_ID": REPOSITORY_ID,
            "BUILD_REPOSITORY_NAME": "shop",
            "BUILD_REPOSITORY_URI": f"{address}/acme/Store/_git/shop",
            "SYSTEM_ACCESSTOKEN": TOKEN,
        }

    def file(self, exchange, _organization, _project, run):
        """Attaches a file."""
        files = self.files.setdefault(run, [])
        files.append({"id": len(files) + 1, "fileName": exchange.json()["fileName"], "comment": exchange.json()["comment"]})
        return 200, files[-1]

    def status(self, kind, of, status):
        """Sets a status."""
        self.statuses.append((kind, of, status))
        return 201, {"id": len(self.statuses), **status}

    def thread(self, thread):
        """A thread of the token's user."""
        comments = [{**it, "id": number, "author": {"id": "1"}} for number, it in enumerate(thread["comments"], 1)]
        return self.threads.add({**thread, "comments": comments})


def it_is_of(exchange, run):
    """Whether a run is of the build that is asked for."""
    return exchange.path.partition("?")[2].find(f"Build%2F{run['build']['id']}&") > 0


def listed(values):
    """A list, as the servers send it."""
    return 200, {"count": len(list(values)), "value": list(values)}


def changed(thing, fields):
    """A thing with other fields."""
    thing.update(fields)
    return thing


def kept(lists, id, more):
    """Adds to a list."""
    lists.setdefault(id, []).extend(more)
    return listed(more)


def first_run(bench):
    """A run with failures: all results, attachments, a status of the commit and of the pull request, a closed thread."""
    bench.publish(FAILING, "tests,status,comment")
    judge(bench.vendor, FAILING, 1)


def same_run(bench):
    """The same run once more, as after a crash: nothing is there twice."""
    bench.publish(FAILING, "tests")
    judge(bench.vendor, FAILING, 1)


def next_run(bench):
    """The next run, which is good, where the thread is there twice."""
    for it in list(bench.vendor.threads.values()):
        bench.vendor.thread(it)
    bench.publish(0, "tests,status,comment", BUILD_BUILDID="42")
    judge(bench.vendor, 0, 2)


def judge(azure, failing, runs):
    """The last test run has every result, and it, the statuses and the one thread say how it ended."""
    wrong = []
    expect(wrong, "the number of test runs", runs, len(azure.runs))
    last = max(azure.runs)
    expect(wrong, "the state of the test run", "Completed", azure.runs[last]["state"])
    results = azure.results[str(last)]
    expect(wrong, "the number of results", failing + 1, len(results))
    expect(wrong, "those that failed", failing, len([it for it in results if it["outcome"] == "Failed"]))
    # Reports of a run that is told again hold other times, so they are other files.
    files = [(it["fileName"], it["comment"]) for it in azure.files[str(last)]]
    expect(wrong, "the attachments", len(set(files)), len(files))
    if "report.html" not in dict(files):
        wrong.append(f"the report is not among the attachments: {files}")
    state = "failed" if failing else "succeeded"
    ends = {(kind, of): it["state"] for kind, of, it in azure.statuses}
    expect(wrong, "the statuses", {("commit", SHA): state, ("change", "7"): state}, ends)
    threads = list(azure.threads.values())
    expect(wrong, "the number of threads", 1, len(threads))
    text = threads[0]["comments"][0]["content"]
    if words(failing) not in text or threads[0]["status"] != "closed":
        wrong.append(f"the thread is not closed or does not say `{words(failing)}`: {text[:300]}")
    tell(wrong)


RESULT, STATUS, CREATE = "/results?", "/statuses?", "/test/runs?"
SPOILED = [
    Spoiled("a run without a name", "required property 'name'", "tests", body("POST", CREATE, lambda it: it.pop("name") and None)),
    Spoiled("a build that is a number", "must be string", "tests", body("POST", CREATE, lambda it: it["build"].update(id=4711))),
    Spoiled("an end where a run is created", "additional propert", "tests", body("POST", CREATE, lambda it: it.update(completedDate="x"))),
    Spoiled("a field that there is none", "additional propert", "tests", body("PATCH", "/test/runs/", lambda it: it.update(endDate="x"))),
    Spoiled("results that are no list", "must be array", "tests", body("POST", RESULT, lambda it: {"value": it})),
    Spoiled("an outcome that there is none", "allowed values", "tests", body("POST", RESULT, lambda it: it[0].update(outcome="Errored"))),
    Spoiled("a state that there is none", "allowed values", "status", body("POST", STATUS, lambda it: it.update(state="success"))),
    Spoiled("a status of nothing", "required property 'context'", "status", body("POST", STATUS, lambda it: it.pop("context") and None)),
    Spoiled("no version", "api-version", "status", described.path("api-version=7.1", "")),
    Spoiled("another version", "allowed values", "status", described.path("api-version=7.1", "api-version=9.0")),
    Spoiled("a parameter that there is none", "has no parameter $limit", "tests", described.path("%24top=", "%24limit=")),
    Spoiled("an endpoint that there is none", "at no endpoint", "tests", described.path("/test/Runs/", "/tests/Runs/")),
    Spoiled("no token", "Invalid security scheme", "status", described.without("authorization")),
]
EACH = [
    ("a run with failures", first_run),
    ("the same run again", same_run),
    ("the next run, which is good, with a thread too many", next_run),
    described.hostile_run("tests,status,comment", 900),
]


def checks(suite):
    """Publishes run after run, then with requests that were spoiled on the way."""
    described.checks(suite, Azure(), EACH, SPOILED)
