#!/usr/bin/env bash
# MCP against programs that nobody here wrote, from the npm registry: our server under the inspector,
# and our client over two servers.
# Says "skipped" where node or the package can't be had. Usage: real-mcp.sh [path of hotwash]
set -euo pipefail
cd "$(dirname "$0")/.."
hotwash=$(realpath "${1:-target/release/hotwash}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

skip() { echo "real MCP: skipped: $1"; exit 0; }
command -v npm >/dev/null 2>&1 || { [ "$(id -u)" = 0 ] && timeout 300 apt-get install -y -qq nodejs npm >/dev/null 2>&1; } || true
command -v npm >/dev/null 2>&1 || skip 'there is no npm'
(cd "$work" && timeout 300 npm install --silent --no-audit --no-fund --ignore-scripts \
  @modelcontextprotocol/inspector @modelcontextprotocol/server-filesystem @modelcontextprotocol/server-everything >/dev/null 2>&1) || skip 'the packages could not be installed'

export HOTWASH_HOME="$work/home"
mkdir -p "$HOTWASH_HOME"
"$hotwash" new fixtures/incidents/cascading-pool-exhaustion.txt >/dev/null </dev/null
ask() { (cd "$work" && timeout 120 npx --no-install mcp-inspector --cli "$hotwash" mcp -e "HOTWASH_HOME=$HOTWASH_HOME" "$@"); }

ask --method tools/list >"$work/tools"
for tool in analyze search report list; do
  grep -q "\"$tool\"" "$work/tools" || { echo "real MCP: the inspector does not see $tool"; cat "$work/tools"; exit 1; }
done
ask --method tools/call --tool-name search --tool-arg query=pool >"$work/found"
grep -q 'quote' "$work/found" || { echo 'real MCP: a search found nothing to cite'; cat "$work/found"; exit 1; }
ask --method tools/call --tool-name list >"$work/list"
grep -q 'cascading\|sessions' "$work/list" || { echo 'real MCP: the list is empty'; cat "$work/list"; exit 1; }
echo 'real MCP: the inspector lists four tools, searches and lists'

HOTWASH_REAL_MCP="$work" cargo test --locked --all-features -q --test suite mcp::asked::servers_of_the_npm_registry -- --nocapture >"$work/asked" 2>&1 ||
  { echo 'real MCP: our client failed over a server of the registry'; tail -20 "$work/asked"; exit 1; }
grep 'asked two servers' "$work/asked"
