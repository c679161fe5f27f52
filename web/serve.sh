#!/bin/sh
# Builds the page and serves it on this machine.
#   sh web/serve.sh [--port N] [--build-only]
set -eu
cd "$(dirname "$0")/.."

port=8080
serve=yes
while [ $# -gt 0 ]; do
  case $1 in
    --port)
      case ${2:-} in '' | *[!0-9]* | ??????*) echo "--port needs a number from 1 to 65535" >&2; exit 2 ;; esac
      port=$2
      shift 2
      ;;
    --build-only) serve=no; shift ;;
    *) echo "usage: sh web/serve.sh [--port N] [--build-only]" >&2; exit 2 ;;
  esac
done

. web/tools/packages.sh
need_packages build web
build_web

node web/weigh.mjs dist
[ "$serve" = yes ] || exit 0
exec node web/serve.mjs dist "$port"
