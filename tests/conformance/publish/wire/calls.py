"""Requests of two clients that do the same, compared field by field; what may differ is listed with its reason."""

import copy
import json
import re
import subprocess
import tempfile
import urllib.parse
from collections.abc import Callable
from typing import NamedTuple

from publish.bench import TOKEN
from publish.relay import Relay
from suite import Finding


class Act(NamedTuple):
    """Something that both clients do. `given(call)` says what the other client is told, from the call of ci-gen.

    `method` and `part` find the call: the last one whose path holds the regular expression.
    """

    name: str
    method: str
    part: str
    given: Callable


class Allowed(NamedTuple):
    """A difference that may be. `change(act, ours, theirs)` takes it away from the calls, in place."""

    why: str
    change: Callable


def call(exchange, headers):
    """A request as a client means it: with the names and values that stand in its address and body, decoded."""
    path, _, query = exchange.path.partition("?")
    given = {name.lower(): value for name, value in exchange.headers.items()}
    media = given.get("content-type", "").partition(";")[0]
    if not exchange.body:
        body = None
    elif media == "application/json":
        body = json.loads(exchange.body)
    elif media == "application/x-www-form-urlencoded":
        body = dict(urllib.parse.parse_qsl(exchange.body.decode(), keep_blank_values=True))
    else:
        body = exchange.body.decode()
    return {
        "method": exchange.method,
        "path": path,
        "query": dict(urllib.parse.parse_qsl(query, keep_blank_values=True)),
        "headers": {name: given.get(name) for name in headers} | ({"content-type": media} if exchange.body else {}),
        "body": body,
    }


class Comparison:
    """The calls of ci-gen by act, and those of another client, made against a server that records them."""

    def __init__(self, acts, log, headers, answer, command, told):
        """`log` holds what ci-gen asked; `command` does all acts, given as JSON with `told` and the server's address."""
        self.acts = acts
        self.ours = {it.name: call(found(it, log), headers) for it in acts}
        server = Relay(None, answer)
        given = [{"act": it.name, **it.given(self.ours[it.name])} for it in acts]
        client(command, {"address": server.address, "token": TOKEN, "acts": given, **told})
        server.close()
        self.theirs = {it.name: call(found(it, server.log), headers) for it in acts}

    def judge(self, allowed, spoil=None):
        """Compares all acts; a difference that is allowed and not there is one that should not be allowed."""
        wrong, unused, spoiled = [], {it.why for it in allowed}, spoil is None
        for name in (it.name for it in self.acts):
            ours, theirs = copy.deepcopy(self.ours[name]), copy.deepcopy(self.theirs[name])
            if spoil:
                spoil(name, ours)
                spoiled = spoiled or ours != self.ours[name]
            for it in allowed:
                before = copy.deepcopy((ours, theirs))
                it.change(name, ours, theirs)
                if before != (ours, theirs):
                    unused.discard(it.why)
            wrong += [f"{name}: {part} is {ours[part]!r}, and {theirs[part]!r} of the other" for part in ours if ours[part] != theirs[part]]
        wrong += [f"nothing differs so any more: {it}" for it in sorted(unused)]
        if not spoiled:
            raise RuntimeError("there is nothing to spoil")
        if wrong:
            raise Finding("\n".join(wrong))


def found(act, log):
    """The last call of an act that was answered."""
    fitting = [it for it in log if it.method == act.method and re.search(act.part, it.path.partition("?")[0]) and it.status < 400]
    if not fitting:
        raise Finding(f"nobody did this: {act.name}")
    return fitting[-1]


def client(command, told):
    """Runs a client's script, which reads JSON and prints JSON, in a folder that it may leave files in.

    That it refuses what ci-gen says is a finding.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [str(it) for it in command]
        done = subprocess.run(command, cwd=folder, input=json.dumps(told), capture_output=True, text=True)
    if done.returncode != 0:
        raise Finding(f"{command} exited {done.returncode}\n{done.stdout}\n{done.stderr}")
    return json.loads(done.stdout or "null")


def tell(allowed):
    """Prints the differences that are allowed."""
    for it in allowed:
        print(f"       may differ: {it.why}")


def checks(suite, title, comparison, allowed, spoiled):
    """Compares, then compares with calls of ci-gen that were spoiled on purpose: title, act and function of the call."""
    made = suite.check(f"{title} does the same as ci-gen", comparison)
    if made is None:
        return
    suite.check(f"{title} says the same", made.judge, allowed)
    tell(allowed)
    for what, act, change in spoiled:
        spoil = lambda name, ours, act=act, change=change: change(ours) if name == act else None
        suite.must_fail(f"{title}: {what}", made.judge, allowed, spoil)
