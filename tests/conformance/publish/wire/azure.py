"""Logging commands of Azure Pipelines, beside those that Microsoft's azure-pipelines-task-lib writes of the same values."""

import pathlib
import re

import tools
from publish.wire import calls, texts
from publish.wire.texts import Allowed, Line
from suite import Finding

CLIENT = pathlib.Path(__file__).parent / "clients" / "task_lib.cjs"
# How the agent reads a command:
# https://github.com/microsoft/azure-pipelines-agent/blob/master/src/Microsoft.VisualStudio.Services.Agent/Command.cs
COMMAND = re.compile(r"##vso\[([\w.]+)((?: |(?:\w+=[^;\]]*;))*)\]([^\r\n]*)")
ESCAPES = {"%0D": "\r", "%0A": "\n", "%3B": ";", "%5D": "]", "%AZP25": "%"}
# Issues of one kind.
MOST = 10


def read(log):
    """The commands of a log, each on a line of its own, and nothing else."""
    lines = []
    for line in log.strip("\n").split("\n"):
        command = COMMAND.fullmatch(line)
        if not command:
            raise Finding(f"this is no command: {line!r}")
        written = {"message": command[3], **dict(it.split("=", 1) for it in command[2].strip().split(";") if it)}
        meant = {name: re.sub("|".join(ESCAPES), lambda it: ESCAPES[it[0]], value) for name, value in written.items()}
        lines.append(Line(command[1], written, meant))
    return lines


def made(suite):
    """The texts, and the lines of both writers."""
    variables = lambda folder: {"TF_BUILD": "True", "SYSTEM_COLLECTIONURI": "https://dev.azure.com/acme/"}
    lines = [it for some in texts.some(MOST) for it in read(texts.logged(suite, variables, texts.results(some)))]
    node, packages = tools.task_lib()
    told = {"packages": str(packages), "lines": [{"kind": it.kind, "fields": it.meant} for it in lines]}
    return list(texts.TEXTS), lines, read(calls.client([node, CLIENT], told))


def more(mine, other):
    other["message"] = other["message"].replace(";", "%3B").replace("]", "%5D")


ALLOWED = [
    Allowed("ci-gen escapes `;` and `]` in messages, too; the agent reads messages and properties by one table", more),
]


def raw(name, old, new):
    """Writes something of a value otherwise."""

    def spoil(line):
        if name in line.written:
            line.written[name] = line.written[name].replace(old, new)

    return spoil


SPOILED = [
    ("a percent sign that is escaped as elsewhere", raw("message", "%AZP25", "%25")),
    ("a line break that is not escaped", raw("message", "%0A", "\n")),
    ("a semicolon of a path that is not escaped", raw("sourcepath", "%3B", ";")),
    ("a bracket of a path that is not escaped", raw("sourcepath", "%5D", "]")),
    ("another kind of issue", raw("type", "error", "failure")),
    ("a line that is not told", lambda line: line.written.pop("linenumber", None)),
    ("a text that is lost", lambda line: line.meant.clear()),
]


def checks(suite):
    """Compares what runs say to the agent."""
    there = suite.check("commands to the agent of Azure Pipelines are one on each line", made, suite)
    texts.checks(suite, "Microsoft's writer of commands", there, ALLOWED, SPOILED)
    suite.must_fail("a command that ends early", read, "##vso[task.logissue type=error;sourcepath=a]b;]c\nd")
