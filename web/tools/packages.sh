# Sourced by web/serve.sh and tests/run.sh: what the build needs from the system, and how it is called.

# Prints the packages of a group whose command or file is missing. Lines: group, what to look for, Debian's package.
missing_packages() {
  for group in "$@"; do
    while read -r of probe package; do
      [ "$of" = "$group" ] || continue
      case $probe in *MACHINE*) probe=${probe%MACHINE*}$(uname -m)${probe#*MACHINE} ;; esac
      case $probe in
        /*) [ -e "$probe" ] || echo "$package" ;;
        *) command -v "$probe" >/dev/null 2>&1 || echo "$package" ;;
      esac
    done <<'LIST'
build g++ g++
build cmake cmake
build ninja ninja-build
build git git
build xz xz-utils
build ccache ccache
build /usr/include/nlohmann/json.hpp nlohmann-json3-dev
build /usr/include/doctest/doctest.h doctest-dev
build /usr/share/keyrings/debian-archive-keyring.gpg debian-archive-keyring
web em++ emscripten
web node nodejs
web terser terser
web /usr/share/nodejs/acorn/package.json node-acorn
test npm npm
test chromium chromium
test clang++ clang
test clang-format clang-format
test clang-tidy clang-tidy
test /usr/lib/llvm-14/lib/clang/14.0.6/lib/linux/libclang_rt.fuzzer-MACHINE.a libclang-rt-14-dev
LIST
  done
}

# Installs what is missing on Debian and Ubuntu; elsewhere says what to install, and stops.
need_packages() {
  missing=$(missing_packages "$@" | sort -u | tr '\n' ' ')
  [ -n "$missing" ] || return 0
  as_root=
  [ "$(id -u)" = 0 ] || as_root=sudo
  if command -v apt-get >/dev/null 2>&1 && { [ -z "$as_root" ] || command -v sudo >/dev/null 2>&1; }; then
    echo "Installing: $missing" >&2
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086
    $as_root apt-get install -y --no-install-recommends $missing </dev/null >&2 ||
      { $as_root apt-get update </dev/null >&2 &&
        $as_root apt-get install -y --no-install-recommends $missing </dev/null >&2; }
    still=$(missing_packages "$@" | sort -u | tr '\n' ' ')
    [ -z "$still" ] || { echo "Still missing after installing: $still" >&2; exit 1; }
    return 0
  fi
  cat >&2 <<TEXT
Please install what is missing; these are Debian's names: $missing
Elsewhere that is: a C++20 compiler, CMake 3.25, Ninja, git, xz, Node 18 or newer, Emscripten 3.1.6 or newer (emcc on the
PATH), nlohmann_json 3.11 and doctest 2.4 (fetched by CMake when not installed), and for the tests Chromium and clang.
TEXT
  exit 1
}

# Configures once, then builds what is named, or the page and the API in dist/. A native build that is there compiles
# the facts, so that the estimator is not compiled for the host a second time.
build_web() {
  export NODE_PATH="/usr/share/nodejs${NODE_PATH:+:$NODE_PATH}"
  toolchain=$(dirname "$(readlink -f "$(command -v em++)")")/cmake/Modules/Platform/Emscripten.cmake
  [ -f "$toolchain" ] || toolchain=/usr/share/emscripten/cmake/Modules/Platform/Emscripten.cmake
  if ! [ build/web/build.ninja -nt CMakePresets.json ]; then
    native=
    [ -f build/native-debug/catalog.pack ] && native=$PWD/build/native-debug
    cmake --preset web --toolchain "$toolchain" "-DHEADROOM_NATIVE_BUILD=$native" >&2
  fi
  [ $# -gt 0 ] || set -- dist
  cmake --build build/web --target "$@" >&2
}
