#!/bin/sh
# Two Vector processes with the filter between them, as a shell pipe:
# pipe-read.yaml | afterhours | pipe-write.yaml
#
# Choose this for a trial, or if a supervisor restarts the whole pipe anyway
# (systemd/afterhours-pipe.service).
#
#   stopped and started            0 lost, 0 to 14 repeated in three runs; SIGTERM takes 0.2 to 1.2 s
#   filter killed with -9          the pipe ends with status 1; what was in it is lost
#   pipe killed with -9            what was in it is lost
# one-process-http.yaml loses nothing. The order of records is kept.
#
# Tested with Vector 0.57.0 and 0.58.0 and afterhours 0.1.0.
set -eu
here=$(dirname "$0")

# A signal stops the reading Vector only: the others end with their input, so nothing is left in the
# pipes. sh has no pipefail, so a failed filter leaves its status in a file.
state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
mkfifo "$state/out"

vector --quiet --config "$here/pipe-read.yaml" >"$state/out" &
reader=$!
trap 'kill -TERM "$reader" 2>/dev/null || :' TERM INT

{ /usr/local/bin/afterhours -c /etc/afterhours/afterhours.toml <"$state/out" || echo "$?" >"$state/failed"; } |
    vector --quiet --config "$here/pipe-write.yaml" &
rest=$!

# A signal interrupts one wait; wait for the end of the pipe in any case.
until wait "$rest" || ! kill -0 "$rest" 2>/dev/null; do :; done
wait "$reader" || :
[ ! -e "$state/failed" ] || { echo "afterhours ended with status $(cat "$state/failed")" >&2; exit 1; }
