#!/usr/bin/env bash
# Three servers of one cluster on this machine, with the configurations of docs/bridge.md exactly as they
# are printed there (only names, ports and paths are this machine's), TLS and the documented permissions:
# `hotwash bridge check` as a lead and as an observer, a shared session with three replicas, a server
# killed, the stream's leader killed, two of three gone, and everything back. Needs nats-server, openssl,
# curl, tmux and the binary.
#
#   bash scripts/bridge-cluster.sh [path to hotwash]
set -euo pipefail
cd "$(dirname "$0")/.."
hotwash="$(realpath "${1:-target/debug/hotwash}")"
PATH="$PATH:/usr/sbin"
for tool in nats-server openssl curl tmux; do
  command -v "$tool" >/dev/null 2>&1 || { echo "skipped: no $tool"; exit 0; }
done

name="hwc$$"
dir="$(mktemp -d)"
home="$dir/lead"; far="$dir/observer"
mkdir "$home" "$far"
base=$((20000 + RANDOM % 10000))
pids=(0 0 0 0)
reader=""
end() {
  tmux -L "$name" kill-server 2>/dev/null || true
  [ -n "$reader" ] && kill "$reader" 2>/dev/null || true
  for pid in "${pids[@]}"; do [ "$pid" != 0 ] && kill -9 "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$dir"
}
trap end EXIT

# waits until a command succeeds, at most so many tenths of a second
until_true() {
  local tries="$1"; shift
  for _ in $(seq "$tries"); do if "$@" >/dev/null 2>&1; then return 0; fi; sleep 0.1; done
  echo "waited in vain for: $*"; return 1
}

# the block between two marks of the document, without its fence
documented() { sed -n "/<!-- $1:begin -->/,/<!-- $1:end -->/p" docs/bridge.md | grep -v -e '^<!--' -e '^```'; }

(
  cd "$dir"
  new='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
  # shellcheck disable=SC2086
  openssl req -x509 $new -keyout ca.key -out ca.pem -days 2 -subj /CN=ca 2>/dev/null
  printf 'subjectAltName=DNS:localhost,IP:127.0.0.1' > names
  # shellcheck disable=SC2086
  openssl req $new -keyout server.key -out server.csr -subj /CN=localhost 2>/dev/null
  openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem -days 2 -extfile names 2>/dev/null
)

export LEAD_PASSWORD=lead-pw LEE_PASSWORD=lee-pw OBSERVER_PASSWORD=observer-pw
client() { echo $((base + $1)); }
# Servers before 2.10 do not know `sync_interval`; what can't be tried here is said.
version="$(nats-server --version | grep -oE '[0-9]+\.[0-9]+' | head -1)"
known=cat
if [ "$(printf '%s\n2.10\n' "$version" | sort -V | head -1)" != 2.10 ]; then
  known='sed /sync_interval/d'
  echo "nats-server $version does not know sync_interval: that line is left out here"
fi
for n in 1 2 3; do
  { documented server; documented cluster; documented permissions; } |
    sed -e "s|server_name: nats1|server_name: nats$n|" \
        -e "s|listen: \"0.0.0.0:4222\"|listen: \"127.0.0.1:$(client "$n")\"|" \
        -e "s|listen: \"0.0.0.0:6222\"|listen: \"127.0.0.1:$((base + 10 + n))\"|" \
        -e "s|nats://nats1:6222|nats://127.0.0.1:$((base + 11))|; s|nats://nats2:6222|nats://127.0.0.1:$((base + 12))|; s|nats://nats3:6222|nats://127.0.0.1:$((base + 13))|" \
        -e "s|/etc/nats/|$dir/|; s|/var/lib/nats|$dir/store$n|" |
    $known > "$dir/nats$n.conf"
  echo "http: \"127.0.0.1:$((base + 20 + n))\"" >> "$dir/nats$n.conf"
  nats-server -t -c "$dir/nats$n.conf" >/dev/null || { echo "docs/bridge.md: the configuration is refused"; nats-server -t -c "$dir/nats$n.conf"; exit 1; }
done
start() { nats-server -c "$dir/nats$1.conf" > "$dir/log$1" 2>&1 & pids[$1]=$!; }
stop() { kill -9 "${pids[$1]}"; wait "${pids[$1]}" 2>/dev/null || true; pids[$1]=0; }
healthy() { curl -sf --max-time 5 "http://127.0.0.1:$((base + 20 + $1))/healthz"; }
for n in 1 2 3; do start "$n"; done
for n in 1 2 3; do until_true 300 healthy "$n"; done
echo "three servers, as docs/bridge.md has them"

settings() {
  printf '[bridge]\nservers = ["tls://localhost:%s", "tls://localhost:%s", "tls://localhost:%s"]\nreplicas = 3\nca_file = "%s/ca.pem"\nuser = "%s"\npassword_env = "PASSWORD"\n' \
    "$(client 1)" "$(client 2)" "$(client 3)" "$dir" "$1"
}
{ settings lead; echo 'share = true'; } > "$home/config.toml"
settings observer > "$far/config.toml"
as_lead() { PASSWORD=lead-pw HOTWASH_HOME="$home" "$hotwash" "$@"; }
as_observer() { PASSWORD=observer-pw HOTWASH_HOME="$far" "$hotwash" "$@"; }
as_lead bridge check "tls://localhost:$(client 1)"

printf '2026-06-02T09:12:00Z order-svc ERROR java.lang.OutOfMemoryError: Java heap space\n' > "$home/case.txt"
tmux -L "$name" new-session -d -x 160 -y 36 "PASSWORD=lead-pw HOTWASH_HOME=$home $hotwash new $home/case.txt --title cluster"
shown() { tmux -L "$name" capture-pane -p | grep -q -- "$1"; }
until_true 600 shown 'bridge: even'
id="$(basename "$(ls -d "$home"/sessions/*)")"
key="$(as_lead identity | grep -oE '[0-9a-f]{64}' | head -1)"
printf '[[person]]\nname = "kim"\nkey = "%s"\nrole = "lead"\n' "$key" > "$far/people.toml"
as_observer bridge check "tls://localhost:$(client 2)/$id" --observer
if as_observer bridge check "tls://localhost:$(client 2)" > "$dir/as-lead"; then echo 'an observer may lead'; exit 1; fi
echo "as an observer who would lead: $(grep MISSING "$dir/as-lead" | head -2 | tr '\n' ';')"
# `exec`, so that what is killed at the end is the program and not a shell around it.
(export PASSWORD=observer-pw HOTWASH_HOME="$far"; exec "$hotwash" follow "tls://localhost:$(client 3)/$id" --raw) > "$far/read" &
reader=$!

journal() { as_lead follow "$id" --raw --once | grep '^= ' || true; }
notes=0
note() {
  notes=$((notes + 1))
  tmux -L "$name" send-keys m; until_true 100 shown 'note, or'
  tmux -L "$name" send-keys -l "note $notes"; until_true 100 shown "note $notes"
  sleep 0.3; tmux -L "$name" send-keys Enter
  sleep 0.2
}
leader() { curl -s --max-time 5 "http://127.0.0.1:$((base + 20 + $1))/jsz?streams=1" | tr -d ' \n' | grep -oE '"name":"hotwash-'"$id"'".*' | grep -oE '"leader":"nats[123]"' | head -1 | grep -oE '[123]'; }
for _ in 1 2 3; do note; done
first="$(leader 1)"
echo "the stream's leader is nats$first"
other=$(( first % 3 + 1 ))
stop "$other"; echo "killed nats$other"
for _ in 1 2 3; do note; done
until_true 600 shown 'bridge: even'; echo "with one of three gone: even"
start "$other"; until_true 600 healthy "$other"
stop "$first"; echo "killed nats$first, the stream's leader"
for _ in 1 2 3; do note; done
until_true 900 shown 'bridge: even'; echo "with another leader: even"
stop "$other"; echo "killed nats$other as well: two of three are gone"
for _ in 1 2 3; do note; done
until_true 600 bash -c "tmux -L $name capture-pane -p | grep -qE 'wait,|behind'"
echo "the lead reads: $(tmux -L "$name" capture-pane -p | grep -oE 'bridge: [^·]*' | head -1)"
start "$first"; start "$other"
until_true 900 shown 'bridge: even'; echo "all back: even"
same() { cmp -s <(journal) <(grep '^= ' "$far/read"); }
if until_true 300 same; then
  echo "$(journal | wc -l) records, $notes of them around three kills: the observer's bytes equal the lead's; 0 lost, 0 twice"
else
  echo "the lead has $(journal | wc -l) records, the observer $(grep -c '^= ' "$far/read")"; exit 1
fi
