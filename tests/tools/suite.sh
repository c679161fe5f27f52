# One suite: sh suite.sh NAME KIND INPUT... -- COMMAND...
# Runs COMMAND unless it passed before with the same INPUT files and folders. Prints a line, and writes how many passed
# and failed to build/results/NAME.count. KIND says how they are counted: doctest, tap, or exit (the exit code).

# The content of files and folders as one hash.
content_hash() {
  find -H "$@" -type f -print0 2>/dev/null | sort -z | xargs -0 sha256sum 2>/dev/null | sha256sum | cut -d ' ' -f 1
}

# How many passed and failed, from what a runner prints.
tally() {
  case $1 in
    doctest) sed -n 's/.*test cases: *[0-9]* | *\([0-9]*\) passed | *\([0-9]*\) failed.*/\1 \2/p' "$2" | tail -n 1 ;;
    tap) awk '/^# pass /{p = $3} /^# fail /{f = $3} /^# cancelled /{c = $3} END{if (p != "") print p, f + c}' "$2" ;;
    exit) [ "$3" = 0 ] && echo "1 0" || echo "0 1" ;;
  esac
}

name=$1
kind=$2
shift 2
inputs=""
while [ "$1" != -- ]; do
  inputs="$inputs $1"
  shift
done
shift
file="build/results/$(printf '%s' "$name" | tr ' /' '--')"
# shellcheck disable=SC2086
key=$(content_hash $inputs)
if [ -f "$file.passed" ] && [ "$(head -n 1 "$file.passed")" = "$key" ]; then
  good=$(tail -n 1 "$file.passed")
  echo "$good 0" >"$file.count"
  printf '%-28s %5s passed (unchanged since)\n' "$name" "$good"
  exit 0
fi
rm -f "$file.passed"
begin=$(date +%s)
timeout "${SUITE_SECONDS:-600}" "$@" >"$file.log" 2>&1 </dev/null
code=$?
# shellcheck disable=SC2046
set -- $(tally "$kind" "$file.log" "$code")
good=${1:-0}
bad=${2:-0}
# A runner that crashed or ran nothing has failed, whatever it counted.
if [ "$code" != 0 ] && [ "$bad" = 0 ] || [ "$good" = 0 ] && [ "$bad" = 0 ]; then bad=$((bad + 1)); fi
echo "$good $bad" >"$file.count"
line=$(printf '%-28s %5s passed, %s failed, %s s' "$name" "$good" "$bad" "$(($(date +%s) - begin))")
if [ "$bad" = 0 ]; then
  printf '%s\n%s\n' "$key" "$good" >"$file.passed"
  echo "$line"
else
  # In one piece, because another suite may be printing.
  printf '%s\n%s\n' "$line" "$(tail -n "${FAILURE_LINES:-80}" "$file.log")"
  echo "$name (exit code $code, $file.log)" >"$file.failure"
fi
exit 0
