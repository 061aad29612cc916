"""What the jobs of executed specs call: `record.py KEY [ARGUMENT...]` adds one line to `records.jsonl` beside it.

KEY is `JOB/NAME`. Arguments that begin with one of these do something as well, all others are only recorded:
`writes=PATH` writes a file that holds the record, `reads=PATH` fails unless such a file is there, and `fails=N` fails
on the first N calls of this key on the same leg.
"""

import json
import os
import pathlib
import sys

LOG = pathlib.Path(__file__).with_name("records.jsonl")


def leg(record):
    """What tells the calls of one leg from those of another."""
    env = record["env"].items()
    return record["key"], sorted(it for it in env if it[0].startswith(("MATRIX_", "CI_GEN_SHARD_")))


def main():
    record = {"key": sys.argv[1], "arguments": sys.argv[2:], "env": dict(os.environ)}
    line = json.dumps(record) + "\n"
    earlier = LOG.read_text().splitlines() if LOG.exists() else []
    log = os.open(LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(log, line.encode())  # one write: calls of other legs cannot come between
    os.close(log)
    for argument in sys.argv[2:]:
        does, _, value = argument.partition("=")
        if does == "writes":
            path = pathlib.Path(value)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(line)
        elif does == "reads":
            json.loads(pathlib.Path(value).read_text())
        elif does == "fails":
            calls = sum(leg(json.loads(it)) == leg(record) for it in earlier)
            if calls < int(value):
                sys.exit(f"fails on purpose, call {calls + 1}")


main()
