"""pytest, and Perl's Test::More, which produces TAP."""

import tools
from runners.bench import CRASH, FLAKY, GREEN, HANG, LEAVE, LOAD, MIXED, NOTHING, OWN, RETRY, Broken, Case, Runner, hangs


def pytest(*parts):
    """pytest on some files; parts with a dash are options."""
    return [tools.pytest(), "--junitxml=results.xml", *(it if it.startswith("-") else f"test_{it}.py" for it in parts)]


def perl(part):
    """Perl on one file."""
    return ["sh", "-c", f"{tools.perl()} {part}.t > results.tap"]


RUNNERS = [
    Runner(
        "pytest",
        "pytest",
        "results.xml",
        pytest,
        [
            Case(GREEN, "green", ["passed test_adds", "passed test_sells[3]", "passed test_sells[\\xe4 [x]]"]),
            Case(
                MIXED,
                "mixed",
                [
                    "passed test_passes",
                    "failed test_fails",
                    "failed test_raises",
                    "errored test_has_no_till",
                    "errored test_leaves_the_lamp_on",
                    "skipped test_is_skipped",
                    "skipped test_fails_as_expected",
                    "failed test_passes_unexpectedly",
                ],
                ["failures"],
            ),
            Case(FLAKY, "flaky", ["passed test_is_steady", "flaky test_wavers"], flags=RETRY, alone=["test_wavers"]),
            Case(OWN, "--reruns=1 flaky", ["passed test_is_steady", "flaky test_wavers"]),
            Case(CRASH, "crash", [], ["signal", *NOTHING]),
            Case(LEAVE, "leave", [], NOTHING),
            Case(LOAD, "green load", ["errored test_load"], ["failures"]),
            hangs("hang", [], NOTHING),
        ],
        [
            Broken(GREEN, "test_green.py", "== 2", "== 3"),
            Broken(MIXED, "test_mixed.py", "== 3", "== 2"),
            Broken(FLAKY, "test_flaky.py", "assert again", "assert True"),
            Broken(OWN, "test_flaky.py", "assert again", "assert False"),
            Broken(CRASH, "test_crash.py", "os.abort()", "assert False"),
            Broken(LEAVE, "test_leave.py", "os._exit(0)", "pass"),
            Broken(HANG, "test_hang.py", "3600", "0"),
        ],
    ),
    Runner(
        "Test::More",
        "perl",
        "results.tap",
        perl,
        [
            Case(GREEN, "green", ["passed adds", "passed opens # 1"]),
            Case(
                MIXED,
                "mixed",
                [
                    "passed passes",
                    "failed fails",
                    "skipped test 3",
                    "skipped is to do",
                    "passed opens",
                    "failed closes",
                    "failed till",
                ],
                ["failures"],
            ),
            Case(FLAKY, "flaky", ["passed is steady", "flaky wavers"], flags=RETRY),
            Case(CRASH, "crash", ["passed before"], ["signal", "lost-tests"]),
            Case(LEAVE, "leave", ["passed before"], ["no-plan"]),
            Case("a test gives up", "die", ["passed before"], ["exit-code", "no-plan"]),
            Case("a test bails out", "bail", ["passed before"], ["exit-code", "bail-out"]),
            hangs("hang", ["passed before"], ["lost-tests"]),
        ],
        [
            Broken(MIXED, "mixed.t", "1 + 1, 3", "1 + 1, 2"),
            Broken(CRASH, "crash.t", "kill ABRT => $$;", ""),
            Broken("a test gives up", "die.t", "die 'the till is locked'", "done_testing"),
        ],
    ),
]
