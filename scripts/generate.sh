#!/usr/bin/env bash
# Makes the generated parts (README sections, man page, completions, the picture), or with --check
# says which of them differ from what the program would make.
set -euo pipefail
cd "$(dirname "$0")/.."
exec cargo run --quiet --locked --all-features --example generate -- "$@"
