#!/usr/bin/env bash
# Writes requirements/*.txt anew: every version pinned by hash, no host named. Use: tools/lock.sh [--upgrade]
set -euo pipefail
cd "$(dirname "$0")/.."
lock() { CUSTOM_COMPILE_COMMAND="tools/lock.sh" .venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-header --no-annotate "$@"; }
lock "$@" requirements/uv.in -o requirements/uv.txt
lock "$@" requirements/node.in -o requirements/node.txt
lock "$@" pyproject.toml requirements/build.in -o requirements/base.txt
lock "$@" pyproject.toml requirements/build.in --extra dev -c requirements/base.txt -o requirements/dev.txt
lock "$@" pyproject.toml requirements/build.in --extra spark -c requirements/dev.txt -o requirements/spark.txt
if [ -f requirements/bench.in ]; then
    lock "$@" requirements/bench.in -c requirements/dev.txt -o requirements/bench.txt
fi
npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved
