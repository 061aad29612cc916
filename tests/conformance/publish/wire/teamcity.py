"""Service messages of TeamCity, beside those that JetBrains' teamcity-messages writes of the same values."""

import pathlib
import re
import tempfile

import tools
from publish.bench import TOKEN, publish
from publish.fake import Fake
from publish.relay import Relay
from publish.wire import calls, texts
from publish.wire.texts import Allowed, Line
from suite import Finding

CLIENT = pathlib.Path(__file__).parent / "clients" / "teamcity_messages.py"
VALUE = r"(\w+)='((?:[^|'\[\]\n\r]|\|.)*)'"
MESSAGE = re.compile(rf"##teamcity\[(\w+)((?: {VALUE})*)\]")
ESCAPED = re.compile(r"(?:\|0x[0-9a-f]{4})+|\|.")
# https://www.jetbrains.com/help/teamcity/service-messages.html#Escaped+Values
WORDS = {"|n": "\n", "|r": "\r", "|x": "\u0085", "|l": "\u2028", "|p": "\u2029", "||": "|", "|'": "'", "|[": "[", "|]": "]"}


def read(text):
    """The lines of a log, each of which must be one message."""
    lines = []
    for line in text.strip("\n").split("\n"):
        message = MESSAGE.fullmatch(line)
        if not message:
            raise Finding(f"this is no message: {line!r}")
        written = dict(re.findall(VALUE, message[2]))
        lines.append(Line(message[1], written, {name: ESCAPED.sub(unescaped, it) for name, it in written.items()}))
    return lines


def unescaped(found):
    """What an escape stands for; of characters beyond the first 65,536 both halves stand there."""
    text = found[0]
    if not text.startswith("|0x"):
        return WORDS[text]
    units = b"".join(int(it, 16).to_bytes(2, "big") for it in text.split("|0x")[1:])
    return units.decode("utf-16-be")


def ours(suite):
    """The log that ci-gen writes of a build without an agent, and what it says in the log of one with."""
    work = pathlib.Path(tempfile.mkdtemp(prefix="wire-teamcity-", dir=suite.work))
    log = []
    build = "/app/rest/builds/id:7"
    server = Relay(None, Fake(
        ("GET", "/app/rest/builds", lambda it: (200, {"build": []})),
        ("POST", "/app/rest/buildQueue", lambda it: (200, {"id": 7})),
        ("GET", build, lambda it: (200, {"id": 7, "state": "running", "testOccurrences": {"count": 0}})),
        ("PUT", f"{build}/runningData", lambda it: (200, {"id": 7, "state": "running"})),
        ("POST", f"{build}/log", lambda it: (200, log.append(it.body.decode()))),
        ("PUT", f"{build}/finishDate", lambda it: (200, None)),
    ).answer)
    elsewhere = lambda address: {"TEAMCITY_SERVER_URL": address, "TEAMCITY_BUILD_TYPE": "Acme", "TEAMCITY_TOKEN": TOKEN}
    publish(suite, work, "teamcity", "tests", texts.results(texts.TEXTS), elsewhere, server.address)
    server.close()
    here = lambda _: {"TEAMCITY_VERSION": "2025.11"}
    return "".join(log) + texts.logged(suite, here, texts.results(["plain"]), "it's [gone]|\u00fc \U0001f600.xml")


def made(suite):
    """The texts, and the lines of both writers."""
    lines = read(ours(suite))
    told = {"messages": [{"kind": it.kind, "fields": it.meant} for it in lines]}
    return list(texts.TEXTS), lines, read(calls.client([tools.teamcity_messages(), CLIENT], told))


def time(mine, other):
    other.pop("timestamp", None)


def flow(mine, other):
    if "flowId" not in other:
        mine.pop("flowId", None)


def plain(mine, other):
    for name, value in other.items():
        other[name] = "".join(it if it == "\t" or " " <= it <= "~" else "".join(halves(it)) for it in value)


def halves(character):
    """A character as the escapes of its UTF-16."""
    units = character.encode("utf-16-be")
    return [f"|0x{units[it]:02x}{units[it + 1]:02x}" for it in range(0, len(units), 2)]


ALLOWED = [
    Allowed("teamcity-messages tells when each message was written; the log of a build without an agent is written at once", time),
    Allowed("ci-gen names the flow in messages about the build, too", flow),
    Allowed("ci-gen writes |0xNNNN for what is not ASCII, so that the encoding of a log never counts", plain),
]


def raw(old, new):
    """Writes something otherwise."""

    def spoil(line):
        for name, value in line.written.items():
            line.written[name] = value.replace(old, new)

    return spoil


SPOILED = [
    ("a bracket that is not escaped", raw("|]", "]")),
    ("a bar that is not escaped", raw("||", "|")),
    ("a quote that is not escaped", raw("|'", "'")),
    ("a line break that is written as in C", raw("|n", "\\n")),
    ("half of an emoji", raw("|0xde00", "")),
    ("a value that is not told", lambda line: line.written.pop("details", None)),
    ("a text that is lost", lambda line: line.meant.clear()),
]


def checks(suite):
    """Compares the log of a build."""
    texts.checks(suite, "the writer of service messages", suite.check("service messages are one on each line", made, suite), ALLOWED, SPOILED)
    broken = "##teamcity[testStarted name='a]' flowId='1']"
    suite.must_fail("a message that ends early", read, broken)
