#!/bin/sh
# The tests of reported specs: `tests.sh KEY FILE PASSED [ARGUMENT...]` records the call and writes JUnit XML with so
# many passed tests. The last of them fails if the recorder does, and one more fails on the leg that $FAILING names.
key=$1 file=$2 passed=$3 status=0
shift 3
python3 "$(dirname "$0")/record.py" "$key" "$@" || status=1
[ "${FAILING:-no leg}" != "${CI_GEN_OUTPUT_DIR##*/}" ] || more=1
mkdir -p "$(dirname "$file")"
{
  echo '<testsuite name="suite">'
  number=0
  while [ "$number" -lt "$passed" ]; do
    number=$((number + 1))
    if [ "$status" = 1 ] && [ "$number" = "$passed" ]; then
      echo "<testcase classname='tests' name='$number'><failure message='the first time'/></testcase>"
    else
      echo "<testcase classname='tests' name='$number'/>"
    fi
  done
  [ -z "$more" ] || echo "<testcase classname='tests' name='fails'><failure message='on purpose'/></testcase>"
  echo '</testsuite>'
} > "$file"
[ -z "$more" ] || status=7
exit "$status"
