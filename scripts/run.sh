#!/bin/sh
# Turns what the Action and the GitLab component were given into one command line of `ci-gen run`.
# Every input comes as a variable, so that no shell ever takes a value for code; an empty one was not given.
set -eu

line() { printf '%s' "$1" | sed '/^[[:space:]]*$/d'; }
# The values in indented JSON, with commas between them.
values() {
  printf '%s\n' "$1" | sed -e 's/^ *"[^"]*": *//' -e 's/,$//' -e 's/^ *//' -e '/^[][{}]*$/d' -e '/^null$/d' -e 's/^"\(.*\)"$/\1/' |
    sed -n -e 'H' -e '${x;s/^\n//;s/\n/, /g;p;}'
}

set --
[ -z "${GIVEN_SPEC:-}" ] || set -- "$@" --spec "$GIVEN_SPEC"
set -- "$@" run
[ -z "${GIVEN_JOB:-}" ] || set -- "$@" "$GIVEN_JOB"
[ -z "$(line "${GIVEN_RESULTS:-}")" ] || set -- "$@" --results "$(line "$GIVEN_RESULTS")"
[ -z "${GIVEN_REPORT_DIR:-}" ] || set -- "$@" --aggregate-reports --report-dir "$GIVEN_REPORT_DIR"
[ -z "${GIVEN_REPORT_FORMATS:-}" ] || set -- "$@" --report-formats "$GIVEN_REPORT_FORMATS"
[ -z "${GIVEN_OUTPUT_DIR:-}" ] || set -- "$@" --output-dir "$GIVEN_OUTPUT_DIR"
[ -z "${GIVEN_TIMEOUT:-}" ] || set -- "$@" --timeout "$GIVEN_TIMEOUT"
[ -z "${GIVEN_RETRY:-}" ] || set -- "$@" --retry "$GIVEN_RETRY"
[ -z "${GIVEN_SHARD:-}" ] || set -- "$@" --shard "$GIVEN_SHARD"
[ -z "${GIVEN_FAIL_ON:-}" ] || set -- "$@" --fail-on "$GIVEN_FAIL_ON"
# Nothing is published that nobody asked for, whatever tokens there are.
set -- "$@" --publish "${GIVEN_PUBLISH:-none}"
[ -z "${GIVEN_UPDATE_INTERVAL:-}" ] || set -- "$@" --update-interval "$GIVEN_UPDATE_INTERVAL"
[ "${GIVEN_STRICT_PUBLISH:-false}" = false ] || set -- "$@" --strict-publish
# What the pipeline says itself goes first. A job of the spec knows its legs, and merged reports name theirs.
if [ -z "${GIVEN_JOB:-}${GIVEN_REPORT_DIR:-}${CI_GEN_LEG:-}" ]; then
  CI_GEN_LEG=${GIVEN_LEG:-$(values "${GIVEN_MATRIX:-}")}
  export CI_GEN_LEG
fi
if [ -n "${GIVEN_COMMAND:-}" ]; then
  if command -v bash > /dev/null; then set -- "$@" -- bash -eo pipefail -c "$GIVEN_COMMAND"; else set -- "$@" -- sh -ec "$GIVEN_COMMAND"; fi
fi
exec ci-gen "$@"
