"""The description of a build at Jenkins, beside what python-jenkins and api4jenkins ask for the same.

The server wants a crumb, as for a password: it comes from the issuer, with a session, and both go with the request.
"""

import pathlib
import tempfile
import urllib.parse

import tools
from publish.bench import TOKEN, hostile, publish
from publish.relay import Relay
from publish.wire import calls
from publish.wire.calls import Act, Allowed

CLIENT = pathlib.Path(__file__).parent / "clients" / "jenkins_clients.py"
HEADERS = ["authorization", "jenkins-crumb", "cookie"]
JOB, NUMBER = "my folder/jöb/feature%2Fx", 42
BUILD = "".join(f"/job/{urllib.parse.quote(it, safe='')}" for it in JOB.split("/")) + f"/{NUMBER}"
CRUMB, SESSION = "c0ffee", "JSESSIONID.1=node0"


class Jenkins:
    """A server with one build."""

    def __init__(self):
        self.description = ""

    def answer(self, exchange):
        """The answer, as a `Relay` wants it."""
        path, _, query = exchange.path.partition("?")
        headers = {name.lower(): value for name, value in exchange.headers.items()}
        if path == "/crumbIssuer/api/json":
            crumb = {"crumbRequestField": "Jenkins-Crumb", "crumb": CRUMB}
            return 200, crumb, {"set-cookie": f"{SESSION}; Path=/; HttpOnly"}
        if path == f"{BUILD}/api/json":
            return 200, {"description": self.description, "number": NUMBER}
        if path != f"{BUILD}/submitDescription" or exchange.method != "POST":
            return 404, {"path": path}
        if (headers.get("jenkins-crumb"), headers.get("cookie")) != (CRUMB, SESSION):
            return 403, "No valid crumb was included in the request"
        fields = dict(urllib.parse.parse_qsl(exchange.body.decode() or query))
        self.description = fields["description"]
        return 302, None, {"location": "."}


def ours(suite):
    """What ci-gen asks."""
    server = Relay(None, Jenkins().answer)
    variables = lambda address: {
        "JENKINS_URL": f"{address}/",
        "BUILD_URL": f"{address}{BUILD}/",
        "BUILD_NUMBER": str(NUMBER),
        "JOB_NAME": JOB,
        "JENKINS_USER": "jürgen",
        "JENKINS_TOKEN": TOKEN,
    }
    work = pathlib.Path(tempfile.mkdtemp(prefix="wire-jenkins-", dir=suite.work))
    front = publish(suite, work, "jenkins", "tests", hostile(), variables, server.address)
    server.close()
    return front.log


ACTS = [
    Act("read the build", "GET", f"{BUILD}/api/json$", lambda call: {"query": call["query"]}),
    Act("fetch a crumb", "GET", "/crumbIssuer/api/json$", lambda call: {}),
    Act("describe the build", "POST", "/submitDescription$", lambda call: {"text": call["body"]["description"]}),
]


def fields(act, ours, theirs):
    if act == "read the build":
        ours["query"].pop("tree", None)
        theirs["query"].pop("depth", None)


def session(act, ours, theirs):
    if act == "read the build":
        theirs["headers"].update({"jenkins-crumb": None, "cookie": None})


def form(act, ours, theirs):
    if act == "describe the build" and not theirs["body"]:
        theirs["body"], theirs["query"] = theirs["query"], {}
        ours["headers"].pop("content-type")


ALLOWED = [
    Allowed("ci-gen asks for the description alone (`tree`), python-jenkins for a depth", fields),
    Allowed("python-jenkins fetches a crumb before it reads, ci-gen only where the server wants one", session),
    Allowed("api4jenkins puts the description into the address, which a long one does not fit in; ci-gen sends a form as the page of the build does", form),
]
SPOILED = [
    ("a name of a job that is encoded once less", "describe the build", lambda it: it.update(path=it["path"].replace("%252F", "%2F"))),
    ("no crumb", "describe the build", lambda it: it["headers"].update({"jenkins-crumb": None})),
    ("no session", "describe the build", lambda it: it["headers"].update({"cookie": None})),
    ("another text", "describe the build", lambda it: it["body"].update(description=it["body"]["description"].upper())),
    ("a token alone", "read the build", lambda it: it["headers"].update({"authorization": f"Bearer {TOKEN}"})),
]


def checks(suite):
    """Compares a run that publishes."""
    command = [tools.jenkins_clients(), CLIENT]
    told = {"job": JOB, "number": NUMBER, "build": BUILD, "user": "jürgen"}
    compare = lambda: calls.Comparison(ACTS, ours(suite), HEADERS, Jenkins().answer, command, told)
    calls.checks(suite, "the clients of Jenkins", compare, ALLOWED, SPOILED)
