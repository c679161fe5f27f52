#!/bin/sh
# Runs fuzz targets of the native-debug build: sh tests/fuzz/run.sh [seconds per target, 4 when not given] [target...]
# Each begins with its seeds and what former runs have found, in build/native-debug/corpus; what fails is left in
# build/fuzz/. An input may take 5 seconds and 64 MB in one allocation at the most.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=build/native-debug
seconds=${1:-4}
[ $# -eq 0 ] || shift
if [ $# -eq 0 ]; then
  for program in "$build"/tests/fuzz/fuzz_*; do [ -x "$program" ] && set -- "$@" "${program##*/fuzz_}"; done
fi
[ $# -gt 0 ] || { echo "no fuzz targets in $build: build the preset native-debug first" >&2; exit 1; }
mkdir -p build/fuzz
failed=0
for target in "$@"; do
  log=build/fuzz/$target.log
  mkdir -p "$build/corpus/$target"
  if "$build/tests/fuzz/fuzz_$target" -max_total_time="$seconds" -rss_limit_mb=512 -malloc_limit_mb=64 -timeout=5 \
    -print_final_stats=1 -artifact_prefix="build/fuzz/$target-" "$build/corpus/$target" 2>"$log"; then
    echo "$target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs"
  else
    failed=$((failed + 1))
    echo "$target: FAILED"
    tail -n 60 "$log"
  fi
done
[ "$failed" -eq 0 ]
