#!/usr/bin/env bash
# A session shared over a NATS server in a network namespace of its own, cut off and mended while records
# are written: `ip link set down` on a real link, no simulation. Needs root, ip, nats-server and the binary.
#
#   bash scripts/bridge-partition.sh [path to hotwash]
#
# It leaves a message for the lead now and then (each becomes a record), cuts the link, leaves more, mends
# it, and compares what a follower read with the lead's own journal, byte for byte.
set -euo pipefail
cd "$(dirname "$0")/.."
hotwash="$(realpath "${1:-target/debug/hotwash}")"
for tool in ip nats-server tmux; do
  command -v "$tool" >/dev/null 2>&1 || [ -x "/usr/sbin/$tool" ] || { echo "skipped: no $tool"; exit 0; }
done
[ "$(id -u)" = 0 ] || { echo 'skipped: a network namespace needs root'; exit 0; }

records="${RECORDS:-60}"
name="hwn$$"
home="$(mktemp -d)"
far="$(mktemp -d)"
store="$(mktemp -d)"
server=""
reader=""
end() {
  tmux -L "$name" kill-server 2>/dev/null || true
  [ -n "$reader" ] && kill "$reader" 2>/dev/null || true
  [ -n "$server" ] && kill "$server" 2>/dev/null || true
  ip netns del "$name" 2>/dev/null || true
  ip link del "${name}a" 2>/dev/null || true
  rm -rf "$home" "$far" "$store"
}
trap end EXIT

# waits until a command succeeds, at most so many tenths of a second
until_true() {
  local tries="$1"; shift
  for _ in $(seq "$tries"); do if "$@" >/dev/null 2>&1; then return 0; fi; sleep 0.1; done
  echo "waited in vain for: $*"; return 1
}

ip netns add "$name" 2>/dev/null || { echo 'skipped: no network namespaces here'; exit 0; }
ip link add "${name}a" type veth peer name "${name}b"
ip link set "${name}b" netns "$name"
ip addr add 10.213.77.1/24 dev "${name}a"
ip link set "${name}a" up
ip netns exec "$name" ip addr add 10.213.77.2/24 dev "${name}b"
ip netns exec "$name" ip link set "${name}b" up
ip netns exec "$name" ip link set lo up
printf 'listen: "0.0.0.0:4222"\njetstream { store_dir: "%s" }\n' "$store" > "$store/server.conf"
ip netns exec "$name" nats-server -c "$store/server.conf" >/dev/null 2>&1 &
server=$!
until_true 100 bash -c 'exec 3<>/dev/tcp/10.213.77.2/4222'

printf '[bridge]\nservers = ["nats://10.213.77.2:4222"]\nshare = true\n' > "$home/config.toml"
printf '2026-06-02T09:12:00Z order-svc ERROR java.lang.OutOfMemoryError: Java heap space\n' > "$home/case.txt"
tmux -L "$name" new-session -d -x 120 -y 36 "HOTWASH_HOME=$home $hotwash new $home/case.txt --title partition"
shown() { tmux -L "$name" capture-pane -p | grep -q -- "$1"; }
until_true 300 shown 'bridge: even'
id="$(basename "$(ls -d "$home"/sessions/*)")"
key="$(HOTWASH_HOME=$home "$hotwash" identity | grep -oE '[0-9a-f]{64}' | head -1)"
printf '[[person]]\nname = "kim"\nkey = "%s"\nrole = "lead"\n' "$key" > "$far/people.toml"
HOTWASH_HOME=$far "$hotwash" follow "nats://10.213.77.2:4222/$id" --raw > "$far/read" &
reader=$!

journal() { HOTWASH_HOME=$home "$hotwash" follow "$id" --raw --once | grep '^= ' || true; }
count() { journal | wc -l; }
note() {
  tmux -L "$name" send-keys m; until_true 100 shown 'note, or'
  tmux -L "$name" send-keys -l "note $1"; until_true 100 shown "note $1"
  sleep 0.3; tmux -L "$name" send-keys Enter
}
begin="$(count)"
for n in $(seq "$records"); do
  case "$n" in
    $((records / 3))) ip link set "${name}a" down; echo "cut before note $n" ;;
    $((records * 2 / 3)))
      until_true 400 shown 'wait, '
      echo "the lead, cut off: $(tmux -L "$name" capture-pane -p | grep -o 'bridge: [^·]*' | head -1)"
      ip link set "${name}a" up; echo "mended before note $n" ;;
  esac
  note "$n"
done
until_true 100 bash -c "[ \$(HOTWASH_HOME=$home $hotwash follow $id --raw --once | grep -c '^= ') -ge $((begin + records)) ]"
until_true 600 shown 'bridge: even'
same() { cmp -s <(journal) <(grep '^= ' "$far/read"); }
if until_true 300 same; then
  echo "$(count) records, $records of them around a cut link: follower's bytes equal the lead's; 0 lost, 0 twice"
else
  echo "the lead has $(count) records, the follower $(grep -c '^= ' "$far/read")"; exit 1
fi
