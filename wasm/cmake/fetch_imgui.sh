#!/bin/sh
# Obtains the source of a Dear ImGui release and prints its folder. Usage: fetch_imgui.sh FOLDER
#
# On Debian and Ubuntu: the source package of a newer Debian suite, fetched and verified by apt itself through lists,
# caches and sources that live in FOLDER; the machine's own configuration is read for its mirror and never changed.
# Elsewhere, or where that fails: the release tarball, checked against its SHA-256.
set -eu

release=1.92.5
tarball_url="https://github.com/ocornut/imgui/archive/refs/tags/v$release.tar.gz"
tarball_sha256=0eb50fe9aeba1a51f96b5843c7f630a32ed2e9362d693c61b87e4fa870cf826d
suites="testing unstable"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

mkdir -p "$1"
folder=$(cd "$1" && pwd)
target="$folder/imgui"
work="$folder/imgui.fetch.$$"

say() { printf '%s\n' "$*" >&2; }

# The Debian mirror this machine uses, read from its own sources; nothing on a machine that uses none (set
# HEADROOM_DEBIAN_MIRROR there to have one).
debian_mirror() {
  {
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
      sed -n 's/^deb[-src]*[[:space:]]\{1,\}\(\[[^]]*\][[:space:]]*\)\{0,1\}\([^[:space:]]\{1,\}\).*/\2/p'
    cat /etc/apt/sources.list.d/*.sources 2>/dev/null | sed -n 's/^URIs:[[:space:]]*\([^[:space:]]\{1,\}\).*/\1/p'
  } | sed 's|/*$||' | grep '/debian$' | head -n 1
}

# Runs apt with everything it reads and writes, but the proxy and transport settings, inside $work.
private_apt() {
  program=$1
  shift
  "$program" -q -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$work/sources" \
    -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null \
    -o Dir::State="$work/state" -o Dir::State::lists="$work/state/lists" -o Dir::State::status=/dev/null \
    -o Dir::Cache="$work/cache" -o Acquire::Check-Valid-Until=false -o Acquire::Languages=none \
    -o APT::Sandbox::User=root -o APT::Update::Post-Invoke-Success::= "$@"
}

from_debian() {
  command -v apt-get >/dev/null && [ -r "$keyring" ] || return 1
  mkdir -p "$work/sources" "$work/state/lists/partial" "$work/cache/archives/partial" "$work/source"
  mirror=${HEADROOM_DEBIAN_MIRROR:-$(debian_mirror)}
  [ -n "$mirror" ] || return 1
  for suite in $suites; do
    printf 'Types: deb-src\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' \
      "$mirror" "$suite" "$keyring" >"$work/sources/newer.sources"
    private_apt apt-get update >&2 || continue
    (cd "$work/source" && private_apt apt-get source --download-only imgui >&2) || continue
    for archive in "$work"/source/imgui_*.orig.tar.*; do
      tar -xf "$archive" -C "$work/source" && found=$(dirname "$(ls "$work"/source/*/imgui.h)") && recent "$found" &&
        return 0
    done
  done
  return 1
}

from_release() {
  mkdir -p "$work/source"
  archive="$work/imgui.tar.gz"
  say "Fetching $tarball_url"
  if command -v curl >/dev/null; then
    curl -fsSL -o "$archive" "$tarball_url" || return 1
  elif command -v wget >/dev/null; then
    wget -q -O "$archive" "$tarball_url" || return 1
  else
    say "Neither curl nor wget is installed."
    return 1
  fi
  printf '%s  %s\n' "$tarball_sha256" "$archive" | { sha256sum -c - >&2 || shasum -a 256 -c - >&2; } || return 1
  tar -xzf "$archive" -C "$work/source"
  found=$(dirname "$(ls "$work"/source/*/imgui.h)")
  recent "$found"
}

# Fonts rasterised on demand, which the page's text relies on, came with 1.92.
recent() {
  number=$(sed -n 's/^#define IMGUI_VERSION_NUM[[:space:]]*\([0-9]*\).*/\1/p' "$1/imgui.h")
  [ "${number:-0}" -ge 19200 ]
}

if [ ! -f "$target/imgui.h" ]; then
  trap 'rm -rf "$work"' EXIT
  say "Obtaining the source of Dear ImGui ..."
  from_debian || from_release || { say "Dear ImGui could not be fetched."; exit 1; }
  # Two builds may fetch at once: the first to finish wins, the other's copy is dropped.
  mv -T "$found" "$target" 2>/dev/null || mv "$found" "$target" 2>/dev/null || [ -f "$target/imgui.h" ]
fi
printf '%s\n' "$target"
