#!/usr/bin/env bash
# Runs the README's first command exactly as printed, in a real terminal where tmux is there (and
# looks for the investigation on the screen), else without one. The tests are its second command.
set -euo pipefail
cd "$(dirname "$0")/.."
command=$(grep -A 3 'first-command -->' README.md | grep -m 1 '^cargo ')
echo "README says: $command"
home=$(mktemp -d); trap 'rm -rf "$home"; tmux -L hotwash-readme kill-server 2>/dev/null || true' EXIT
HOTWASH_HOME=$home bash -c "$command" </dev/null >"$home/report.md"
head -n 5 "$home/report.md"
if command -v tmux >/dev/null 2>&1; then
  tmux -L hotwash-readme -f /dev/null new-session -d -x 100 -y 30 -e HOTWASH_HOME="$home" "$command; sleep 5"
  for _ in $(seq 1 100); do
    screen=$(tmux -L hotwash-readme capture-pane -p)
    if grep -qiE 'saved' <<<"$screen" && grep -qE '[0-9]+ ?%' <<<"$screen"; then
      echo "$screen" | head -n 12; echo 'the console shows the investigation'; exit 0
    fi
    sleep 0.2
  done
  echo "$screen"; echo 'the console did not show the investigation in 20 s'; exit 1
fi
echo 'tmux: skipped, not installed'
