"""Texts that would end a command early, or that no log can hold, and lines of logs of two writers compared value by value."""

import copy
import os
import pathlib
import subprocess
import tempfile
from collections.abc import Callable
from html import escape
from typing import NamedTuple

from suite import Finding

# What tests may say, and what of it ci-gen shows where that is something else: without colours and control characters, and
# with characters that hide or turn text around written out.
TEXTS = {
    "plain": None,
    "it's [a|b] ||n |0x0041 |x": None,
    "100% %0A %25 %3A %AZP25": None,
    "a: b, c; d = e": None,
    "##teamcity[x y='z'] ##vso[task.complete]z ::error::z": None,
    "one\ntwo\n\nthree": None,
    "a return\r\nat the end\rof it": "a return\nat the end\nof it",
    "next line \u0085 end": "next line  end",
    "a tab\tand \\ \" ' < > & `": None,
    "\u00fc e\u0301 \u4e2d \u0416": None,
    "separators \u2028 and \u2029 end": "separators \n and \n end",
    "emoji \U0001f600 \U0001f468\u200d\U0001f469": None,
    "ansi \x1b[31mred\x1b[0m \x1b]0;title\x07end": "ansi red end",
    "turned \u202e around \u2066": "turned [U+202E] around [U+2066]",
    "a mark \ufeff and nothing \u200b": "a mark [U+FEFF] and nothing \u200b",
}


def shown(text):
    """What ci-gen shows of a text."""
    return TEXTS[text] or text


def results(texts):
    """A file of results with a test that fails, one that is skipped and one that is flaky for each text."""
    cases = []
    for number, text in enumerate(texts):
        text = escape(text)
        text = "".join(f"&#{ord(it)};" if it < " " else it for it in text)
        place = f'classname="acme" file="src/{number},{number}:a b%41;[c].py" line="{number + 1}"'
        cases += [
            f'<testcase name="fails {number} {text}" {place}><failure message="{text}">{text}</failure></testcase>',
            f'<testcase name="skips {number}" {place}><skipped message="{text}"/></testcase>',
            f'<testcase name="flaky {number}" {place}><flakyFailure message="{text}"/></testcase>',
        ]
    return f'<testsuite name="acme">{"".join(cases)}</testsuite>'


def logged(suite, variables, results, *arguments):
    """What a run says in the log where nothing is published; `results` is what the file of results holds."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="wire-log-", dir=suite.work))
    (folder / "results.xml").write_text(results)
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), **variables(folder)}
    command = [suite.ci_gen, "run", "--publish", "none", "--results", "results.xml", *arguments]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True)
    log = done.stdout.decode()  # with its line ends as they are
    if done.returncode != 1:
        raise Finding(f"ci-gen exited {done.returncode}\n{log}{done.stderr.decode()}")
    return log


def some(most):
    """The texts, at most so many at a time: systems show no more of one kind."""
    all = list(TEXTS)
    return [all[it : it + most] for it in range(0, len(all), most)]


class Line(NamedTuple):
    """A line of a log: what it is, and its values by name, as they are written and as they are meant."""

    kind: str
    written: dict
    meant: dict


class Allowed(NamedTuple):
    """A difference that may be. `change(ours, theirs)` takes it away from the values as they are written, in place."""

    why: str
    change: Callable


def nothing(line):
    """Spoils nothing."""


def judge(texts, ours, theirs, allowed, spoil, seen):
    """Every text is there as it was meant, and both writers write every value in the same way."""
    before, ours = ours, copy.deepcopy(ours)
    for it in ours:
        spoil(it)
    if spoil is not nothing and ours == before:
        raise RuntimeError("there is nothing to spoil")
    meant = [value for it in ours for value in it.meant.values()]
    wrong = [f"{text!r} is nowhere to be read" for text in texts if not any(seen(text) in it for it in meant)]
    if len(ours) != len(theirs):
        wrong.append(f"{len(ours)} lines became {len(theirs)} of the other")
    unused = {it.why for it in allowed}
    for mine, other in zip(ours, copy.deepcopy(theirs)):
        for it in allowed:
            before = copy.deepcopy((mine.written, other.written))
            it.change(mine.written, other.written)
            if before != (mine.written, other.written):
                unused.discard(it.why)
        if (mine.kind, mine.written) != (other.kind, other.written):
            wrong.append(f"{mine.kind} {mine.written!r} is {other.kind} {other.written!r} of the other")
    wrong += [f"nothing differs so any more: {it}" for it in sorted(unused)]
    if wrong:
        raise Finding("\n".join(wrong[:12]))


def checks(suite, title, made, allowed, spoiled, seen=shown):
    """Judges `made` (texts, lines of both), then lines that were spoiled on purpose: title and function of the line.

    `seen(text)` is what is to be read of a text.
    """
    if made is None:
        return
    suite.check(f"{title} writes the same", judge, *made, allowed, nothing, seen)
    for it in allowed:
        print(f"       may differ: {it.why}")
    for what, spoil in spoiled:
        suite.must_fail(f"{title}: {what}", judge, *made, allowed, spoil, seen)
