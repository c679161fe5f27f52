#!/bin/sh
# Builds everything and runs every test; the last line is "N passed, N failed", and the exit code says whether any failed.
# `--all` adds the suites as WebAssembly, the long native suites, fuzzing, clang-tidy and the benchmarks.
# A suite whose program and data are as they were when it last passed is not run again (delete build/results to force it).
set -u
everything=no
[ "${1:-}" = --all ] && everything=yes
cd "$(dirname "$0")/.." || exit 1
. web/tools/packages.sh
. tests/tools/results.sh

need_packages build web test

step "Native build, with address and undefined behaviour sanitizers"
[ -f build/native-debug/build.ninja ] || attempt configure-native cmake --preset native-debug
attempt build-native cmake --build build/native-debug
step "WebAssembly build"
attempt build-web build_web dist

step "Suites, native"
for program in build/native-debug/tests/test_*; do
  # The accuracy report and the screens take minutes under the sanitizers.
  case ${program##*/test_} in accuracy | app) [ "$everything" = yes ] || continue ;; esac
  [ -x "$program" ] && suite "native ${program##*/test_}" doctest "$program" tests/truth data -- "$program"
done
step "The JavaScript API in Node"
for file in tests/api/*.test.mjs; do
  [ -f "$file" ] && suite "api ${file##*/}" tap "$file" dist/api README.md -- node --test --test-reporter=tap "$file"
done

step "The browser layer in Node"
suite "platform dom" tap tests/platform/dom.test.mjs wasm/platform/dom -- node --test --test-reporter=tap \
  tests/platform/dom.test.mjs

step "The page in Chromium"
attempt browser-driver install_browser_driver
for file in tests/browser/*.test.mjs; do
  [ -f "$file" ] &&
    suite "browser ${file##*/}" tap "$file" dist tests/browser -- node --test --test-reporter=tap "$file"
done

step "Form"
check_format
node web/weigh.mjs dist

# What takes long: sh tests/run.sh --all
if [ "$everything" = yes ]; then
attempt build-all build_web all
step "Suites, as WebAssembly in Node"
for program in build/web/tests/test_*.js; do
  name=${program##*/test_}
  [ -f "$program" ] && suite "wasm ${name%.js}" doctest "$program" tests/truth data -- node "$program"
done

step "Fuzzing, briefly"
attempt build-fuzz build_fuzz
for program in build/fuzz/tests/fuzz/fuzz_*; do
  [ -x "$program" ] && suite "${program##*/}" exit "$program" -- fuzz_briefly "$program"
done

step "Analysis"
check_tidy

step "Measurements (printed, never judged)"
measure
fi

finish
