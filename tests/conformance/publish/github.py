"""GitHub: every request judged by GitHub's own description of its API, and carried out by an emulator.

ci-gen → `front`, which can spoil requests → Prism, which turns away what the description does not allow → `back`,
which answers what the emulator lacks → emulate, which keeps check runs and comments.
"""

import json

import tools
from publish import openapi
from publish.bench import TOKEN, Servers, expect, hostile, publish, refuse, tell, words
from publish.relay import Exchange, Relay, free_port, send
from suite import Finding

REPOSITORY = "/repos/octocat/hello-world"
SEED = """
tokens:
  %s: { login: octocat, scopes: [repo, user] }
github:
  users: [{ login: octocat }]
  repos: [{ owner: octocat, name: hello-world, auto_init: true }]
"""
PATHS = [
    "/repos/{owner}/{repo}/check-runs",
    "/repos/{owner}/{repo}/check-runs/{check_run_id}",
    "/repos/{owner}/{repo}/commits/{ref}/check-runs",
    "/repos/{owner}/{repo}/commits/{commit_sha}/pulls",
    "/repos/{owner}/{repo}/statuses/{sha}",
    "/repos/{owner}/{repo}/issues/{issue_number}/comments",
    "/repos/{owner}/{repo}/issues/comments/{comment_id}",
]
FAILING = 120


class Github(Servers):
    """The servers, and a repository with an open pull request."""

    def __init__(self, suite):
        super().__init__(suite)
        self.statuses = []
        node, emulate = tools.emulate()
        seed = self.work / "seed.yaml"
        seed.write_text(SEED % TOKEN)
        port = free_port()
        self.start("emulate", port, [node, emulate, "start", "--service", "github", "--port", port, "--seed", seed])
        self.emulator = f"http://127.0.0.1:{port}"
        self.back = Relay(self.emulator, self.gaps)
        description = json.loads(tools.prism()[2].read_text())
        trimmed = openapi.trimmed(description, PATHS, "application/vnd.github+json")
        self.endpoints = openapi.Endpoints(trimmed)
        spec = self.work / "github.json"
        spec.write_text(json.dumps(trimmed))
        self.proxy = self.prism(spec, self.back.address)
        self.sha, self.number = self.pull_request()

    def close(self):
        """Ends the servers."""
        self.back.close()
        super().close()

    def gaps(self, exchange):
        """What emulate 0.12.2 does not know: statuses, and the pull requests of a commit."""
        if exchange.method == "POST" and exchange.path.startswith(f"{REPOSITORY}/statuses/"):
            self.statuses.append(exchange.json())
            return 201, {"id": len(self.statuses), **exchange.json()}
        if exchange.path.startswith(f"{REPOSITORY}/commits/") and "/pulls" in exchange.path:
            return 200, [{"number": self.number, "state": "open", "head": {"sha": self.sha}}]
        return None

    def ask(self, method, path, body=None):
        """Asks the emulator itself."""
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        exchange = Exchange(method, REPOSITORY + path, headers, json.dumps(body).encode() if body else b"")
        status, answer, _ = send(self.emulator, exchange)
        if status >= 300:
            raise RuntimeError(f"emulate answered {method} {path} with {status}: {answer.decode()}")
        return json.loads(answer) if answer else None

    def pull_request(self):
        """Opens a pull request; gives its commit and its number."""
        main = self.ask("GET", "/git/ref/heads/main")["object"]["sha"]
        self.ask("POST", "/git/refs", {"ref": "refs/heads/fix", "sha": main})
        content = {"message": "Fix", "content": "Zml4Cg==", "branch": "fix"}
        sha = self.ask("PUT", "/contents/fix.txt", content)["commit"]["sha"]
        return sha, self.ask("POST", "/pulls", {"title": "Fix", "head": "fix", "base": "main"})["number"]

    def publish(self, failing, run, change=lambda exchange: None, event="pull_request"):
        """Publishes a run with ci-gen; gives what was asked. Whatever is not published is a finding."""
        of_change = event == "pull_request"

        def variables(address):
            return {
                "GITHUB_ACTIONS": "true",
                "GITHUB_API_URL": address,
                "GITHUB_SERVER_URL": "https://github.com",
                "GITHUB_REPOSITORY": "octocat/hello-world",
                "GITHUB_EVENT_NAME": event,
                "GITHUB_REF": f"refs/pull/{self.number}/merge" if of_change else "refs/heads/fix",
                "GITHUB_HEAD_REF": "fix" if of_change else "",
                "GITHUB_BASE_REF": "main" if of_change else "",
                "GITHUB_SHA": self.sha,
                "CI_GEN_HEAD_SHA": self.sha,
                "GITHUB_RUN_ID": str(run),
                "GITHUB_RUN_ATTEMPT": "1",
                "GITHUB_JOB": "unit",
                "GITHUB_TOKEN": TOKEN,
            }

        front = publish(self.suite, self.work, "github", "check,status,comment", failing, variables, self.proxy, change)
        refuse(front)
        tell([wrong for it in front.log for wrong in self.endpoints.strange(it)])
        return front

    def judge(self, failing, checks):
        """What is at GitHub after a run: one check run for each run of the pipeline, one comment, the status."""
        wrong = []
        expect(wrong, "the number of check runs", checks, len(self.checks()))
        latest = self.checks()[-1]
        ended = ("completed", "failure" if failing else "success")
        expect(wrong, "the latest check run", ended, (latest["status"], latest["conclusion"]))
        comments = [it["body"] for it in self.ask("GET", f"/issues/{self.number}/comments")]
        expect(wrong, "the number of comments", 1, len(comments))
        for what, text in [("the summary of the check run", latest["output"]["summary"]), ("the comment", comments[0])]:
            if words(failing) not in text or "ci-gen" not in text:
                wrong.append(f"{what} does not say `{words(failing)}`: {text[:300]}")
        states = {it["context"]: it["state"] for it in self.statuses}
        expect(wrong, "the status", {"ci-gen": "failure" if failing else "success"}, states)
        tell(wrong)

    def checks(self):
        """The check runs of the commit, the oldest first."""
        found = self.ask("GET", f"/commits/{self.sha}/check-runs?filter=all&per_page=100")["check_runs"]
        return sorted(found, key=lambda it: it["id"])


def first_run(github):
    """A run with failures: everything is there, each annotation once, fifty at most at a time."""
    front = github.publish(FAILING, 1)
    github.judge(FAILING, 1)
    batches = [it.json()["output"].get("annotations", []) for it in front.sent("PATCH", "/check-runs/")]
    sent = [it["message"] for batch in batches for it in batch]
    sizes = [len(it) for it in batches if it]
    if sizes != [50, 50, FAILING - 100] or len(set(sent)) != FAILING:
        raise Finding(f"annotations were sent in batches of {sizes}, {len(set(sent))} of them different")


def same_run(github):
    """The same run once more, as after a crash: nothing is there twice."""
    github.publish(FAILING, 1)
    github.judge(FAILING, 1)


def next_run(github, event):
    """The next run, which is good: its own check run, and the comment of before says so."""
    checks = len(github.checks())
    github.publish(0, checks + 1, event=event)
    github.judge(0, checks + 1)


def hostile_run(github):
    """A run with texts that nobody would write, whose requests are allowed all the same."""
    github.publish(hostile(), len(github.checks()) + 1)


def spoiled(field, value):
    """Changes a field of every check run that is created."""

    def change(exchange):
        if exchange.method == "POST" and exchange.path.endswith("/check-runs"):
            body = exchange.json()
            body.update({field: value}) if value is not None else body.pop(field)
            exchange.body = json.dumps(body).encode()

    return change


def too_many(exchange):
    """Sends more annotations at once than GitHub takes."""
    if exchange.method == "PATCH" and "/check-runs/" in exchange.path:
        body = exchange.json()
        body["output"]["annotations"] = body["output"].get("annotations", [])[:1] * 51
        exchange.body = json.dumps(body).encode()


def without_token(exchange):
    """Takes the token away."""
    exchange.headers = {name: value for name, value in exchange.headers.items() if name.lower() != "authorization"}


def doubled(github):
    """Somebody's comment is there twice."""
    comments = github.ask("GET", f"/issues/{github.number}/comments")
    github.ask("POST", f"/issues/{github.number}/comments", {"body": comments[0]["body"]})
    try:
        github.judge(0, len(github.checks()))
    finally:
        comments = github.ask("GET", f"/issues/{github.number}/comments")
        github.ask("DELETE", f"/issues/comments/{comments[-1]['id']}")


def paged(exchange):
    """Asks for pages by a name that GitHub does not know, and ignores."""
    exchange.path = exchange.path.replace("per_page=", "page_size=")


BROKEN = [
    ("a parameter that there is none", paged),
    ("a check run without a commit", spoiled("head_sha", None)),
    ("a status that there is none", spoiled("status", "passed")),
    ("51 annotations at once", too_many),
    ("no token", without_token),
]


def checks(suite):
    """Publishes run after run, then with requests that were spoiled on the way."""
    github = suite.check("emulate and Prism are there", Github, suite)
    if github is None:
        return
    try:
        suite.check("a run with failures", first_run, github)
        suite.check("the same run again", same_run, github)
        suite.check("a run with hostile texts", hostile_run, github)
        suite.check("the next run, which is good", next_run, github, "pull_request")
        suite.check("a run of a push, whose pull request is looked for", next_run, github, "push")
        suite.must_fail("a comment that is there twice", doubled, github)
        for number, (title, change) in enumerate(BROKEN):
            suite.must_fail(title, github.publish, FAILING, 1000 + number, change)
    finally:
        github.close()
