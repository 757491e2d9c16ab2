#!/usr/bin/env bash
# What leaves the console, through checkers that nobody here wrote: SARIF against its schema, the
# asciicast in the recorder's own player, the web page through tidy, the PDF through qpdf.
# Says "skipped" for a checker that can't be had. Usage: export-checkers.sh [path of hotwash]
set -euo pipefail
cd "$(dirname "$0")/.."
hotwash=$(realpath "${1:-target/release/hotwash}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOTWASH_HOME="$work/home"
mkdir -p "$HOTWASH_HOME"

skip() { echo "export checkers: $1 skipped: $2"; }
fail() { echo "export checkers: $1"; [ -z "${2:-}" ] || head -40 "$2"; exit 1; }
missing() { ! command -v "$1" >/dev/null 2>&1; }

if [ "$(id -u)" = 0 ] && ! missing apt-get && { missing tidy || missing qpdf; }; then
  (timeout 300 apt-get install -y -qq tidy qpdf) >/dev/null 2>&1 || true
fi
python="$work/venv/bin/python"
python3 -m venv "$work/venv" >/dev/null 2>&1 || python=
[ -z "$python" ] || timeout 300 "$python" -m pip -q install asciinema==2.4.0 jsonschema >/dev/null 2>&1 || python=

for incident in fixtures/incidents/*.txt; do
  name=$(basename "$incident" .txt)
  id=$("$hotwash" new - <"$incident" | sed -n 's/.*hotwash open //p')
  [ -n "$id" ] || fail "$name was not saved"
  for format in html pdf asciicast postmortem; do
    "$hotwash" export "$id" --format "$format" --out "$work/$name.$format" >"$work/said" 2>&1 || fail "$name: no $format" "$work/said"
  done
  "$hotwash" lint "$id" --sarif >"$work/$name.session.sarif" || true
  # A page with faults of many rules, so that the schema sees results with fixes.
  sed -e 's/ (UTC)//' -e 's/^## Detection.*/<b>Detection<\/b>/' "$work/$name.postmortem" >"$work/$name.md"
  "$hotwash" lint "$work/$name.md" --sarif >"$work/$name.page.sarif" || true
done

if missing tidy; then skip HTML 'there is no tidy'; else
  for page in "$work"/*.html; do
    # It knows no nested drawing: that their place is an attribute of theirs is in SVG 1.1, 5.1.2.
    tidy -q -e "$page" 2>&1 | grep -v '<svg> proprietary attribute' >"$work/wrong" || true
    [ ! -s "$work/wrong" ] || fail "tidy finds fault with $(basename "$page")" "$work/wrong"
  done
  echo "export checkers: tidy passes $(ls "$work"/*.html | wc -l) pages"
fi

if missing qpdf; then skip PDF 'there is no qpdf'; else
  for page in "$work"/*.pdf; do
    qpdf --check "$page" >"$work/wrong" 2>&1 || fail "qpdf finds fault with $(basename "$page")" "$work/wrong"
  done
  echo "export checkers: qpdf passes $(ls "$work"/*.pdf | wc -l) documents"
fi

if [ -z "$python" ]; then skip asciicast 'asciinema could not be installed'; else
  for cast in "$work"/*.asciicast; do
    # The player wants a terminal: script gives it one.
    if ! missing script; then
      timeout 60 script -qec "$work/venv/bin/asciinema play -s 1000 -i 0.001 $cast" /dev/null </dev/null >"$work/played" 2>&1 ||
        fail "$(basename "$cast") does not play" "$work/played"
    else
      timeout 60 "$work/venv/bin/asciinema" cat "$cast" >"$work/played" || fail "$(basename "$cast") is not read" "$work/played"
    fi
    [ "$(wc -c <"$work/played")" -gt 2000 ] || fail "$(basename "$cast") plays next to nothing" "$work/played"
  done
  echo "export checkers: asciinema plays $(ls "$work"/*.asciicast | wc -l) recordings"
fi

# The schema of the standard's committee, as a package of its editors carries it.
if [ -z "$python" ] || missing npm || ! (cd "$work" && timeout 120 npm pack --silent @microsoft/jest-sarif@1.0.0-beta.0 && tar xzf microsoft-jest-sarif-*.tgz) >/dev/null 2>&1; then
  skip SARIF 'its schema could not be had'
else
  schema=$(ls "$work"/package/lib/schemas/sarif-2.1.0*.json | head -1)
  "$python" - "$schema" "$work"/*.sarif <<'CHECK' || fail 'SARIF does not hold against its schema'
import json, sys
from jsonschema import Draft7Validator
schema = json.load(open(sys.argv[1]))
results = fixes = 0
for name in sys.argv[2:]:
    log = json.load(open(name))
    wrong = [f"{'/'.join(map(str, e.path))}: {e.message}" for e in Draft7Validator(schema).iter_errors(log)]
    if wrong:
        sys.exit(f"{name}: " + "\n".join(wrong[:10]))
    found = [r for run in log["runs"] for r in run["results"]]
    results += len(found)
    fixes += sum("fixes" in r for r in found)
print(f"export checkers: {len(sys.argv) - 2} SARIF logs hold against the schema, {results} results, {fixes} with a fix")
sys.exit(0 if results else "no result was checked")
CHECK
fi
