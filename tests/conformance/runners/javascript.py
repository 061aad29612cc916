"""The runners of JavaScript: Node.js itself, which produces TAP and JUnit XML, Mocha, Jest and Vitest."""

import tools
from runners.bench import CRASH, FLAKY, GREEN, HANG, LEAVE, LOAD, MIXED, NOTHING, OWN, RETRY, Broken, Case, Runner, hangs


def node(reporter, file):
    """The runner of Node.js with one of its reporters."""
    reports = [f"--test-reporter={reporter}", f"--test-reporter-destination={file}"]
    return lambda *parts: [tools.node(), "--test", *reports, *(f"{it}.test.mjs" for it in parts)]


def mocha(*parts):
    """Mocha on some files; parts with a dash are options."""
    files = [it if it.startswith("-") else f"{it}.cjs" for it in parts]
    return [*tools.mocha(), "--reporter=json", "--reporter-option=output=results.json", *files]


def jest(*parts):
    """Jest on some files."""
    program, command, reporter = tools.jest()
    return [program, command, *(f"{it}.check.js" for it in parts), "--reporters=default", f"--reporters={reporter}"]


def vitest(*parts):
    """Vitest on some files."""
    reports = ["--reporter=default", "--reporter=junit", "--outputFile.junit=results.xml"]
    return [*tools.vitest(), "run", *reports, *(f"{it}.check.mjs" for it in parts)]


# Node.js has a process for each file, and of one that dies it says nothing but that. A file that ends itself with 0 has
# passed, it says.
NODE = [
    Case(GREEN, "green", ["passed adds", "passed opens"]),
    Case(
        MIXED,
        "mixed",
        [
            "passed passes",
            "failed fails",
            "failed throws",
            "skipped is skipped",
            "skipped is to do",
            "failed takes too long",
            "passed opens",
            "failed closes",
            "failed sells",
        ],
        ["failures"],
    ),
    Case(FLAKY, "flaky", ["passed is steady", "flaky wavers"], flags=RETRY),
    Case(CRASH, "crash green", ["failed crash.test.mjs", "passed adds", "passed opens"], ["failures"]),
]
BROKEN_NODE = [
    Broken(MIXED, "mixed.test.mjs", "1 + 1, 3", "1 + 1, 2"),
    Broken(CRASH, "crash.test.mjs", "process.abort()", "{}"),
    Broken(FLAKY, "flaky.test.mjs", "assert.ok(again)", "assert.ok(false)"),
]
# Jest's writer of JUnit XML makes no difference between a test that is to do and one that passed.
JEST = [
    "passed passes",
    "failed fails",
    "failed throws",
    "skipped is skipped",
    "passed is to do",
    "failed takes too long",
    "failed without a till sells",
]
# What it can be told to write of a file that cannot be loaded, it writes twice.
JEST_LOAD = ["passed adds", "passed till opens", "errored load.check.js", "failed load.check.js"]
LOUD = {"JEST_JUNIT_REPORT_TEST_SUITE_ERRORS": "true"}
# Vitest lists tests that did not come to run as if they had passed, and what happened as an error of its own.
DEAD = [
    "passed before",
    "passed aborts",
    "passed after",
    "errored Unhandled Error: [vitest-pool]: Worker forks emitted error.",
]

RUNNERS = [
    Runner(
        "Node.js, as TAP",
        "node",
        "results.tap",
        node("tap", "results.tap"),
        [*NODE, hangs("hang", ["passed before"], ["no-plan"])],
        [*BROKEN_NODE, Broken(HANG, "hang.test.mjs", "setInterval(() => {}, 1000)", "resolve()")],
    ),
    Runner(
        "Node.js, as JUnit XML",
        "node",
        "results.xml",
        node("junit", "results.xml"),
        [*NODE, hangs("hang", [], ["truncated", "no-tests"])],
        BROKEN_NODE,
    ),
    Runner(
        "Mocha",
        "mocha",
        "results.json",
        mocha,
        [
            Case(GREEN, "green", ["passed adds", "passed opens"]),
            Case(
                MIXED,
                "mixed",
                [
                    "passed passes",
                    "failed fails",
                    "failed throws",
                    "skipped is pending",
                    "skipped is skipped",
                    "failed takes too long",
                    'errored "before each" hook for "sells"',
                ],
                ["failures"],
            ),
            Case(FLAKY, "flaky", ["passed is steady", "flaky wavers"], flags=RETRY),
            Case(OWN, "--retries=1 flaky", ["passed is steady", "flaky wavers"]),
            Case(CRASH, "crash", [], ["signal", *NOTHING]),
            Case(LEAVE, "leave", [], NOTHING),
            hangs("hang", [], NOTHING),
        ],
        [
            Broken(MIXED, "mixed.cjs", "1 + 1, 3", "1 + 1, 2"),
            Broken(CRASH, "crash.cjs", "process.abort()", "{}"),
            Broken(LEAVE, "leave.cjs", "process.exit(0)", "{}"),
        ],
    ),
    Runner(
        "Jest",
        "jest",
        "junit.xml",
        jest,
        [
            Case(GREEN, "green", ["passed adds", "passed till opens"]),
            Case(MIXED, "mixed", JEST, ["failures"]),
            Case(FLAKY, "flaky", ["passed is steady", "flaky wavers"], flags=RETRY),
            Case(CRASH, "crash", [], ["signal", *NOTHING]),
            Case(LEAVE, "leave", [], NOTHING),
            Case(LOAD, "green load", ["passed adds", "passed till opens"], ["exit-code"]),
            Case(f"{LOAD}, and is reported", "green load", JEST_LOAD, ["failures"], env=LOUD),
            hangs("hang", [], NOTHING),
        ],
        [
            Broken(MIXED, "mixed.check.js", "toBe(3)", "toBe(2)"),
            Broken(CRASH, "crash.check.js", "process.abort()", "{}"),
            Broken(LOAD, "load.check.js", "no-such-module", "node:fs"),
        ],
    ),
    Runner(
        "Vitest",
        "vitest",
        "results.xml",
        vitest,
        [
            Case(GREEN, "green", ["passed adds", "passed till > opens"]),
            Case(
                MIXED,
                "mixed",
                [
                    "passed passes",
                    "failed fails",
                    "failed throws",
                    "skipped is skipped",
                    "skipped is to do",
                    "failed takes too long",
                    "failed without a till > sells",
                ],
                ["failures"],
            ),
            Case(FLAKY, "flaky", ["passed is steady", "flaky wavers"], flags=RETRY),
            Case(CRASH, "crash green", [*DEAD, "passed adds", "passed till > opens"], ["failures"]),
            Case(LOAD, "green load", ["failed load.check.mjs", "passed adds", "passed till > opens"], ["failures"]),
            hangs("hang", [], ["empty-file", "no-tests"]),
        ],
        [
            Broken(MIXED, "mixed.check.mjs", "toBe(3)", "toBe(2)"),
            Broken(CRASH, "crash.check.mjs", "process.abort()", "{}"),
            Broken(LOAD, "load.check.mjs", "no-such-module", "node:fs"),
        ],
    ),
]
