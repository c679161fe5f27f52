#!/bin/sh
# Builds the fuzz targets with clang and runs each: sh tests/fuzz/run.sh [seconds per target, 4 when not given].
# Findings are left in build/fuzz/. The last line is "N passed, N failed".
set -u
cd "$(dirname "$0")/../.." || exit 1
seconds=${1:-4}
[ -f build/fuzz/build.ninja ] || cmake --preset fuzz || exit 1
cmake --build build/fuzz || exit 1
passed=0
failed=0
for program in build/fuzz/tests/fuzz/fuzz_*; do
  [ -x "$program" ] || continue
  target=${program##*/fuzz_}
  mkdir -p "build/fuzz/corpus/$target"
  if "$program" -max_total_time="$seconds" -rss_limit_mb=512 -malloc_limit_mb=64 -timeout=5 -print_final_stats=1 \
    -artifact_prefix="build/fuzz/$target-" "build/fuzz/corpus/$target" 2> "build/fuzz/$target.log"; then
    passed=$((passed + 1))
    echo "$target: $(sed -n 's/^stat::number_of_executed_units: *//p' "build/fuzz/$target.log") inputs"
  else
    failed=$((failed + 1))
    echo "$target: FAILED"
    grep -m 3 -E 'ERROR|SUMMARY|runtime error' "build/fuzz/$target.log"
  fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
