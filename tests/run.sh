#!/bin/sh
# Builds everything and runs every test; the last line is "N passed, N failed", and the exit code says whether any failed.
# `--all` adds what takes long: the accuracy report and the screens under the sanitizers, clang-tidy over everything
# (else over the last changes, as far as TIDY_SECONDS go), and a native build with GCC for the benchmarks.
# A suite whose program and data are as they were when it last passed is not run again (delete build/results to force it).
set -u
everything=no
[ "${1:-}" = --all ] && everything=yes
cd "$(dirname "$0")/.." || exit 1
. web/tools/packages.sh
. tests/tools/results.sh

need_packages build web test

install_browser_driver >build/results/browser-driver.log 2>&1 &
browser_driver=$!

step "Native build, with address and undefined behaviour sanitizers"
[ build/native-debug/build.ninja -nt CMakePresets.json ] || attempt configure-native cmake --preset native-debug
attempt build-native cmake --build build/native-debug
[ "$everything" = yes ] && attempt build-native-all cmake --build build/native-debug --target test_accuracy test_app
step "WebAssembly build"
attempt build-web build_web dist test_all bench

wait "$browser_driver" || {
  tail -n 60 build/results/browser-driver.log
  fail "browser-driver (build/results/browser-driver.log)"
}

step "Suites natively and as WebAssembly in Node, the page in Chromium, and fuzzing, briefly"
for program in build/native-debug/tests/test_*; do
  name=${program##*/test_}
  # These take minutes under the sanitizers; as WebAssembly they run below.
  case $name in accuracy | app) [ "$everything" = yes ] || continue ;; esac
  [ -x "$program" ] && plan "native $name" doctest "$program" tests/truth data -- "$program"
done
for folder in $(suite_folders); do
  plan "wasm $folder" doctest build/web/tests/test_all.js tests/truth data -- \
    node build/web/tests/test_all.js --no-colors=true "--source-file=*/tests/$folder/*"
done
for program in build/native-debug/tests/fuzz/fuzz_*; do
  [ -x "$program" ] && plan "fuzz ${program##*/fuzz_}" exit "$program" tests/fuzz -- \
    sh tests/fuzz/run.sh "${FUZZ_SECONDS:-2}" "${program##*/fuzz_}"
done
for file in tests/api/*.test.mjs; do
  [ -f "$file" ] && plan "api ${file##*/}" tap "$file" dist/api README.md -- node --test --test-reporter=tap "$file"
done
plan "unpack split" tap tests/unpack/split.test.mjs build/web/wasm/headroom_unpack.wasm dist web -- node --test \
  --test-reporter=tap tests/unpack/split.test.mjs
plan "platform dom" tap tests/platform/dom.test.mjs wasm/platform/dom -- node --test --test-reporter=tap \
  tests/platform/dom.test.mjs
for file in tests/browser/*.test.mjs; do
  [ -f "$file" ] &&
    plan "browser ${file##*/}" tap "$file" dist tests/browser -- node --test --test-reporter=tap "$file"
done
run_plan

step "Form"
check_format
if [ "$everything" = yes ]; then tidy_seconds=3600; else tidy_seconds=${TIDY_SECONDS:-10}; fi
check_tidy "$tidy_seconds" core data wasm tests

step "Measurements (printed, never judged)"
if [ "$everything" = yes ]; then
  attempt build-release build_release
  export ACTIONS=1800
fi
measure

finish
