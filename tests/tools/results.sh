# Sourced by tests/run.sh: runs suites, counts what they report, and remembers what passed.

passed=0
failed=0
failures=""
mkdir -p build/results

step() { printf '\n== %s\n' "$*"; }

count() {
  passed=$((passed + $1))
  failed=$((failed + $2))
}

fail() {
  count 0 1
  failures="$failures
  $1"
}

# attempt NAME COMMAND...: a step that must succeed for the rest to mean anything; its output is shown when it fails.
attempt() {
  name=$1
  shift
  if "$@" >"build/results/$name.log" 2>&1; then return 0; fi
  tail -n 60 "build/results/$name.log"
  fail "$name (build/results/$name.log)"
}

# The content of files and folders as one hash.
content_hash() {
  find "$@" -type f -print0 2>/dev/null | sort -z | xargs -0 sha256sum 2>/dev/null | sha256sum | cut -d ' ' -f 1
}

# How many passed and failed, from what a runner prints.
tally() {
  case $1 in
    doctest) sed -n 's/.*test cases: *[0-9]* | *\([0-9]*\) passed | *\([0-9]*\) failed.*/\1 \2/p' "$2" | tail -n 1 ;;
    tap) awk '/^# pass /{p = $3} /^# fail /{f = $3} /^# cancelled /{c = $3} END{if (p != "") print p, f + c}' "$2" ;;
    exit) [ "$3" = 0 ] && echo "1 0" || echo "0 1" ;;
  esac
}

# suite NAME KIND INPUT... -- COMMAND...
suite() {
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
    n=$(tail -n 1 "$file.passed")
    count "$n" 0
    printf '%-28s %5s passed (unchanged since)\n' "$name" "$n"
    return
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
  count "$good" "$bad"
  printf '%-28s %5s passed, %s failed, %s s\n' "$name" "$good" "$bad" "$(($(date +%s) - begin))"
  if [ "$bad" = 0 ]; then
    printf '%s\n%s\n' "$key" "$good" >"$file.passed"
  else
    tail -n "${FAILURE_LINES:-80}" "$file.log"
    failures="$failures
  $name (exit code $code, $file.log)"
  fi
}

install_browser_driver() {
  stamp=build/browser/installed
  [ -f "$stamp" ] && cmp -s tests/browser/package-lock.json "$stamp" && return 0
  mkdir -p build/browser
  cp tests/browser/package.json tests/browser/package-lock.json build/browser/
  (cd build/browser && npm ci --no-audit --no-fund --ignore-scripts) && cp tests/browser/package-lock.json "$stamp"
}

build_fuzz() {
  [ -f build/fuzz/build.ninja ] || cmake --preset fuzz
  cmake --build build/fuzz
}

# New inputs go to a scratch corpus; the seeds in tests/fuzz/seeds stay as they are.
fuzz_briefly() {
  target=${1##*/fuzz_}
  mkdir -p "build/fuzz/corpus/$target"
  "$1" -max_total_time="${FUZZ_SECONDS:-10}" -rss_limit_mb=512 -malloc_limit_mb=64 -timeout=5 \
    -artifact_prefix=build/fuzz/ "build/fuzz/corpus/$target" $(find "tests/fuzz/seeds/$target" -maxdepth 0 2>/dev/null)
}

our_sources() { git ls-files 'core/*.h' 'core/*.cpp' 'wasm/*.h' 'wasm/*.cpp' 'data/*.h' 'data/*.cpp' 'tests/*.h' 'tests/*.cpp'; }

check_format() {
  if our_sources | xargs clang-format --dry-run -Werror 2>build/results/format.log; then
    count 1 0
    echo "clang-format: all files in form"
  else
    head -n 40 build/results/format.log
    fail "clang-format (build/results/format.log)"
  fi
}

check_tidy() {
  if node tests/tools/tidy.mjs build/native-debug "${TIDY_SECONDS:-90}" >build/results/tidy.log 2>&1; then
    count 1 0
    tail -n 1 build/results/tidy.log
  else
    tail -n 60 build/results/tidy.log
    fail "clang-tidy (build/results/tidy.log)"
  fi
}

measure() {
  [ -x build/web/host/tests/bench/bench ] && build/web/host/tests/bench/bench
  [ -f build/web/tests/bench/bench.js ] && node build/web/tests/bench/bench.js
  node tests/browser/measure.mjs
}

finish() {
  [ -z "$failures" ] || printf '\nFailed:%s\n' "$failures"
  printf '\n%s passed, %s failed\n' "$passed" "$failed"
  [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
  exit
}
