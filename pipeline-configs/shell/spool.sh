#!/bin/sh
# Filters the files in a folder and deletes them. systemd/afterhours-files.service runs this when there
# are files.
#
#   SPOOL=/var/spool/cloudtrail OUTPUT=/var/lib/afterhours/after-hours.ndjson shell/spool.sh
#
# Choose this if records arrive as files now and then: a nightly export, a copy. Write a file under
# another name and rename it to *.ndjson when it is complete. A file is deleted after all of it was
# read and its sign-ins are written; one that cannot be read to its end is moved to the folder
# `unreadable`. Loses nothing: if the machine stops in between, files are read again and their sign-ins
# are repeated, and notified once.
# To stop it, stop the script (or all of its processes, as systemd and Ctrl-C do).
set -eu
SPOOL=${SPOOL:-/var/spool/cloudtrail}
OUTPUT=${OUTPUT:-/var/lib/afterhours/after-hours.ndjson}
OUTBOX=${OUTBOX:-/var/lib/afterhours/outbox}
said=$(mktemp)
trap 'rm -f "$said"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

for file in "$SPOOL"/*.ndjson; do
    [ -f "$file" ] || continue
    status=0
    # --drain 0s: do not wait for notifications here; the next runs and the last command deliver them.
    afterhours -c "${CONFIG:-/etc/afterhours/afterhours.toml}" --output "$OUTPUT" --outbox "$OUTBOX" --drain 0s --stats=json \
        "$file" 2>"$said" || status=$?
    grep -v '^{"afterhours":' "$said" >&2 || :
    # Lines that are not records were forwarded as undecided.
    if grep -q '"complete":true' "$said" && grep -q '"failed":0' "$said"; then
        rm -f -- "$file"
    elif grep -q '"failed":1' "$said"; then
        echo "spool: $file could not be read to its end; moved to $SPOOL/unreadable" >&2
        mkdir -p "$SPOOL/unreadable"
        mv -- "$file" "$SPOOL/unreadable/"
    else
        exit $((status ? status : 1))
    fi
done

# Deliver the pending notifications. If a service cannot be reached, the status is 1 and systemd runs
# this script again.
afterhours -c "${CONFIG:-/etc/afterhours/afterhours.toml}" --output "$OUTPUT" --outbox "$OUTBOX" </dev/null
