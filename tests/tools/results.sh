# Sourced by tests/run.sh: runs suites, counts what they report, and remembers what passed.

passed=0
failed=0
failures=""
mkdir -p build/results
rm -f build/results/plan

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

# plan NAME KIND INPUT... -- COMMAND...: a suite for run_plan; see tests/tools/suite.sh.
plan() {
  for word in "$@"; do printf '"%s" ' "$word"; done | sed 's/ $//' >>build/results/plan
  echo >>build/results/plan
}

# Runs what was planned, as many at once as there are processors, and counts.
run_plan() {
  rm -f build/results/*.count build/results/*.failure
  # What takes longest begins first.
  longest='^"\(browser [^"]*\|wasm app\|native api\|native model\|wasm api\)"'
  sed -n "/$longest/p" build/results/plan | sort >build/results/ordered
  sed "/$longest/d" build/results/plan >>build/results/ordered
  xargs -L 1 -P "$(getconf _NPROCESSORS_ONLN)" sh tests/tools/suite.sh <build/results/ordered
  planned=$(wc -l <build/results/ordered)
  rm -f build/results/plan
  ran=0
  for file in build/results/*.count; do
    [ -f "$file" ] || continue
    ran=$((ran + 1))
    # shellcheck disable=SC2046
    count $(cat "$file")
  done
  for file in build/results/*.failure; do
    [ -f "$file" ] && failures="$failures
  $(cat "$file")"
  done
  [ "$ran" = "$planned" ] || fail "only $ran of $planned suites ran"
}

# The suites that exist as WebAssembly: all but those of the data compiler, which runs on the host only.
suite_folders() {
  for folder in tests/*/; do
    name=$(basename "$folder")
    case $name in facts | truth | calibration | bench | fuzz) continue ;; esac
    ls "$folder"*.cpp >/dev/null 2>&1 && echo "$name"
  done
}

install_browser_driver() {
  stamp=build/browser/installed
  [ -f "$stamp" ] && cmp -s tests/browser/package-lock.json "$stamp" && return 0
  mkdir -p build/browser
  cp tests/browser/package.json tests/browser/package-lock.json build/browser/
  (cd build/browser && npm ci --no-audit --no-fund --ignore-scripts) && cp tests/browser/package-lock.json "$stamp"
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

# check_tidy SECONDS FOLDER...
check_tidy() {
  if node tests/tools/tidy.mjs build/native-debug "$@" >build/results/tidy.log 2>&1; then
    count 1 0
    tail -n 1 build/results/tidy.log
  else
    tail -n 60 build/results/tidy.log
    fail "clang-tidy (build/results/tidy.log)"
  fi
}

build_release() {
  [ build/native-release/build.ninja -nt CMakePresets.json ] || cmake --preset native-release
  cmake --build build/native-release --target bench
}

measure() {
  [ "$everything" = yes ] && [ -x build/native-release/tests/bench/bench ] && echo Native &&
    build/native-release/tests/bench/bench
  [ -f build/web/tests/bench/bench.js ] && echo WebAssembly && node build/web/tests/bench/bench.js
  node tests/browser/measure.mjs
  node web/weigh.mjs dist
}

finish() {
  [ -z "$failures" ] || printf '\nFailed:%s\n' "$failures"
  printf '\n%s passed, %s failed\n' "$passed" "$failed"
  [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
  exit
}
