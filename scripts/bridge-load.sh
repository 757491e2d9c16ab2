#!/usr/bin/env bash
# What sharing costs: a lead whose session takes 200 records a second, with 50 followers over NATS (a
# process each), against the same lead with nobody following and nothing shared. One run, bounded.
#
#   bash scripts/bridge-load.sh [path to a release build of hotwash]
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -n "${1:-}" ]; then HOTWASH_BIN="$(realpath "$1")"; export HOTWASH_BIN; fi
export HOTWASH_FOLLOWERS="${HOTWASH_FOLLOWERS:-50}"
exec cargo test --locked --all-features --test suite nats::load:: -- --nocapture --test-threads=1
