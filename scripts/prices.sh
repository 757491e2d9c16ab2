#!/usr/bin/env bash
# Makes src/runtime/models/prices.toml from the data of PyPI's genai-prices (MIT). Needs python3 and a network.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install --quiet genai-prices
"$work/env/bin/python" scripts/prices.py > "$work/prices.toml"
mv "$work/prices.toml" src/runtime/models/prices.toml
