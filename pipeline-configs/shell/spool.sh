#!/bin/sh
# Filters the files of a folder and removes them: what systemd/afterhours-files.service runs when there are some.
#
#   SPOOL=/var/spool/cloudtrail OUTPUT=/var/lib/afterhours/after-hours.ndjson shell/spool.sh
#
# Choose it when records come as files now and then: a nightly export, a copy. To put a file there, write it under another
# name and rename it to *.ndjson: then it is whole. A file is removed when all of it was read and its sign-ins are written; one that
# cannot be read to its end goes to the folder `unreadable`. Loses nothing: if the machine goes down in between, files are read again
# and their sign-ins come twice; people are told once.
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
    # --drain 0s: people are told while the next files are read, and of the last ones at the end.
    afterhours -c "${CONFIG:-/etc/afterhours/afterhours.toml}" --output "$OUTPUT" --spool "$OUTBOX" --drain 0s --stats=json \
        "$file" 2>"$said" || status=$?
    grep -v '^{"afterhours":' "$said" >&2 || :
    # Whatever in it is no record was forwarded as undecided.
    if grep -q '"complete":true' "$said" && grep -q '"failed":0' "$said"; then
        rm -f -- "$file"
    elif grep -q '"failed":1' "$said"; then
        echo "spool: $file could not be read to its end; it is put into $SPOOL/unreadable" >&2
        mkdir -p "$SPOOL/unreadable"
        mv -- "$file" "$SPOOL/unreadable/"
    else
        exit $((status ? status : 1))
    fi
done

# People who are still to be told. Status 1 if a service cannot be reached: then systemd runs this again.
afterhours -c "${CONFIG:-/etc/afterhours/afterhours.toml}" --output "$OUTPUT" --spool "$OUTBOX" </dev/null
