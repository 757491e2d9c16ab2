#!/usr/bin/env bash
# Asks a real server of OpenAI's protocol (llama.cpp's, from PyPI) with a tiny model of random weights:
# streaming and structured output against code that nobody here wrote. Says so where it can't be had.
#   scripts/real-model.sh [PATH-TO-HOTWASH] [PYTHON]
set -euo pipefail
cd "$(dirname "$0")/.."
hotwash=$(realpath "${1:-target/release/hotwash}")
python=${2:-}
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT

if [ -z "$python" ]; then
  python=$work/env/bin/python
  # Compiled from source where there is no wheel: ten minutes at the most.
  if ! python3 -m venv "$work/env" >"$work/venv.log" 2>&1 || ! timeout 600 "$work/env/bin/pip" install --quiet 'llama-cpp-python[server]' >"$work/pip.log" 2>&1; then
    echo 'skipped: llama-cpp-python could not be installed'
    exit 0
  fi
fi
"$python" fixtures/models/tiny.py "$work/tiny.gguf"
port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$python" -m llama_cpp.server --model "$work/tiny.gguf" --host 127.0.0.1 --port "$port" --n_ctx 32768 \
  --chat_format chatml --verbose False >"$work/server.log" 2>&1 &
server=$!
for _ in $(seq 300); do
  if "$python" -c "import urllib.request; urllib.request.urlopen('http://127.0.0.1:$port/v1/models')" 2>/dev/null; then break; fi
  kill -0 "$server" 2>/dev/null || { tail -5 "$work/server.log"; echo 'the server ended'; exit 1; }
  sleep 0.2
done

export HOTWASH_HOME=$work/home
mkdir -p "$HOTWASH_HOME"
cat > "$HOTWASH_HOME/config.toml" <<TOML
[models.tiny]
provider = "openai"
base_url = "http://127.0.0.1:$port/v1/"
model = "tiny"
form = "json"
max_tokens = 256
seconds = 60
steps = 6
TOML
"$hotwash" models tiny --yes | tee "$work/models.txt"
grep -q 'works:' "$work/models.txt"
# Random weights say nothing sensible: what holds is that the stream is read, the report is asked for by
# its schema, and that the embedded report stands where it can't be read.
"$hotwash" analyze fixtures/incidents/equal-stamps.txt --engine tiny --send --json >"$work/report.json"
"$python" - "$work/report.json" <<'PY'
import json, sys
report = json.load(open(sys.argv[1]))
said = [n["what"] for n in report["notices"] if "embedded report stands" in n["what"]]
assert report["engine"]["name"] == "tiny" or said, report["engine"]
print("the model's own report" if not said else said[0])
PY
echo 'a real server of the protocol was asked'
