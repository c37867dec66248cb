#!/bin/sh
# Two Vectors and the filter between them, as a shell pipe: pipe-read.yaml | afterhours | pipe-write.yaml
#
# Choose it to try things out, or where a supervisor restarts the whole pipe anyway (systemd/afterhours-pipe.service).
#
#   stopped and started            0 lost, 0 to 14 twice in three runs; SIGTERM takes 0.2 to 1.2 s
#   filter killed with -9          the pipe ends with status 1; what was in it is lost
#   kill -9 of the pipe            what was in it is lost
# one-process-http.yaml loses nothing. The order of records is kept.
#
# Run with Vector 0.57.0 and 0.58.0 and afterhours 0.1.0.
set -eu
here=$(dirname "$0")

# Only the reading Vector is told to stop: the others end when their input does, and nothing is left in the pipes.
# sh has no pipefail, so each end leaves word of how it went.
state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
mkfifo "$state/out"

vector --quiet --config "$here/pipe-read.yaml" >"$state/out" &
reader=$!
trap 'kill -TERM "$reader" 2>/dev/null || :' TERM INT

{ /usr/local/bin/afterhours -c /etc/afterhours/afterhours.toml <"$state/out" || echo "$?" >"$state/failed"; } |
    vector --quiet --config "$here/pipe-write.yaml" &
rest=$!

# A signal ends one wait; the end of the pipe is waited for in any case.
until wait "$rest" || ! kill -0 "$rest" 2>/dev/null; do :; done
wait "$reader" || :
[ ! -e "$state/failed" ] || { echo "afterhours ended with status $(cat "$state/failed")" >&2; exit 1; }
