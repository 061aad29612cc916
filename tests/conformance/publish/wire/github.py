"""What GitHub's runner is told in the log and in files, beside what GitHub's own @actions/core writes of the same values.

ci-gen masks no values (`add-mask`): that is for whoever reads a secret, and it reads none but its own tokens, which GitHub
masks by itself. So there is nothing to compare of it.
"""

import pathlib
import re
import tempfile

import tools
from publish.wire import calls, texts
from publish.wire.texts import Allowed, Line
from suite import Finding

CLIENT = pathlib.Path(__file__).parent / "clients" / "actions_core.mjs"
# How the runner reads a command: https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
COMMAND = re.compile(r"::(error|warning) ((?:\w+=[^,:]*)(?:,\w+=[^,:]*)*)::([^\r\n]*)")
ESCAPES = {"%0D": "\r", "%0A": "\n", "%25": "%", "%3A": ":", "%2C": ","}
OUTPUT = re.compile(r"(\w+)<<(\S{32,})\n(.*?)\n\2\n", re.S)
# Annotations of one kind that the runner takes of a step.
MOST = 10
FILES = ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"]


def commands(log):
    """The commands of a log, each on a line of its own, and nothing else."""
    lines = []
    for line in log.strip("\n").split("\n"):
        command = COMMAND.fullmatch(line)
        if not command:
            raise Finding(f"this is no command: {line!r}")
        written = {"message": command[3], **dict(it.split("=", 1) for it in command[2].split(","))}
        meant = {name: unescaped(it, ESCAPES if name != "message" else list(ESCAPES)[:3]) for name, it in written.items()}
        lines.append(Line(command[1], written, meant))
    return lines


def unescaped(text, known):
    """A value as the runner reads it."""
    return re.sub("|".join(known), lambda it: ESCAPES[it[0]], text)


def outputs(text):
    """The outputs of a file."""
    if OUTPUT.sub("", text):
        raise Finding(f"these are no outputs: {OUTPUT.sub('', text)!r}")
    found = OUTPUT.findall(text)
    return [Line("output", {"name": name, "value": value, "mark": mark}, {"name": name, "value": value}) for name, mark, value in found]


def ours(suite):
    """What ci-gen writes of some runs, so few tests each that none is left out."""
    lines, summary = [], ""
    for some in texts.some(MOST):
        kept = []

        def variables(folder):
            kept.extend(folder / name for name in FILES)
            for it in kept:
                it.touch()
            return {"GITHUB_ACTIONS": "true", **{it.name: str(it) for it in kept}}

        log = texts.logged(suite, variables, texts.results(some))
        lines += commands(log) + outputs(kept[0].read_bytes().decode())
        summary += kept[1].read_bytes().decode()
    return [*lines, Line("summary", {"text": summary}, {"text": summary})]


def made(suite):
    """The texts as they are shown here, and the lines of both writers."""
    lines = ours(suite)
    node, packages = tools.actions_core()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="wire-actions-", dir=suite.work))
    files = {name: folder / name for name in FILES}
    for it in files.values():
        it.touch()
    told = {"packages": str(packages), "files": {name: str(it) for name, it in files.items()}}
    told["lines"] = [{"kind": it.kind, "fields": it.meant} for it in lines]
    log = calls.client([node, CLIENT], told)
    written = commands(log) + outputs(files["GITHUB_OUTPUT"].read_bytes().decode())
    summary = files["GITHUB_STEP_SUMMARY"].read_bytes().decode()
    order = ["error", "warning", "output", "summary"]
    lines.sort(key=lambda it: order.index(it.kind))
    written.sort(key=lambda it: order.index(it.kind))
    return list(texts.TEXTS), lines, [*written, Line("summary", {"text": summary}, {})]


def marks(mine, other):
    if "mark" in mine and "mark" in other:
        mine["mark"] = other["mark"] = ""


ALLOWED = [
    Allowed("each writer has its own unforeseeable mark around an output", marks),
]


def raw(name, old, new):
    """Writes something of a value otherwise."""

    def spoil(line):
        if name in line.written:
            line.written[name] = line.written[name].replace(old, new)

    return spoil


SPOILED = [
    ("a percent sign that is not escaped", raw("message", "%25", "%")),
    ("a line break that is not escaped", raw("message", "%0A", "\n")),
    ("a comma of a file that is not escaped", raw("file", "%2C", ",")),
    ("a colon of a title that is not escaped", raw("title", "%3A", ":")),
    ("a colon of a message that is escaped", raw("message", ":", "%3A")),
    ("a line that is not told", lambda line: line.written.pop("line", None)),
    ("a summary in which something is escaped", raw("text", "|", "\\|")),
    ("an output with a line break", raw("value", "failed", "failed\n")),
    ("a text that is lost", lambda line: line.meant.clear()),
]


def checks(suite):
    """Compares what runs say to GitHub's runner."""
    there = suite.check("commands to GitHub's runner are one on each line", made, suite)
    texts.checks(suite, "GitHub's writer of commands", there, ALLOWED, SPOILED, seen)
    suite.must_fail("a command that ends early", commands, "::error file=a,b::c")


def seen(text):
    """A text as annotations can show it: without characters beyond the first 65,536."""
    return re.sub("[\U00010000-\U0010ffff]", "\ufffd", texts.shown(text))
