#!/bin/sh
# Kills a scripted session at every call that changes the disk, fails each of those calls with EIO,
# ENOSPC and EINTR, and kills it at 1,000 random moments. After each: what was acknowledged is there,
# the session can be read, appends go on. An export of every format is killed at each of its calls, too:
# the old file or the new one. Needs strace for the first two; takes some minutes.
set -eu
cd "$(dirname "$0")/.."
HOTWASH_KILL=all exec cargo test --test suite -- journal::kill exports::a_kill --nocapture "$@"
