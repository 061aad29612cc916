#!/bin/sh
# Turns what the Action and the GitLab component were given into one command line of `ci-gen run`.
# Every input comes as a variable, so that no shell ever takes a value for code; an empty one was not given.
set -eu

line() { printf '%s' "$1" | sed '/^[[:space:]]*$/d'; }

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
if [ -n "${GIVEN_COMMAND:-}" ]; then
  if command -v bash > /dev/null; then set -- "$@" -- bash -eo pipefail -c "$GIVEN_COMMAND"; else set -- "$@" -- sh -ec "$GIVEN_COMMAND"; fi
fi
exec ci-gen "$@"
