#!/bin/sh
# Filters CloudTrail's own files from S3, without a queue: every few minutes it copies new files of the
# bucket to this machine and filters them.
#
#   BUCKET=s3://my-trail/AWSLogs/111122223333/CloudTrail shell/s3-sync.sh >>after-hours.ndjson     (from cron or a systemd timer)
#
# Choose this for one account and small trails; vector/aws-s3-sqs.yaml for more. Loses nothing: a file
# is marked in `done` after its sign-ins are written, and filtered again if the script stopped in
# between. The copies stay, because sync compares with them to find new files. Each run lists the whole
# prefix: if there are many files, name the prefix of the month and delete old months.
# To stop it, stop the script (or all of its processes, as systemd and Ctrl-C do).
set -eu
: "${BUCKET:?s3://bucket/prefix}"
FOLDER=${FOLDER:-/var/lib/afterhours/s3}
new=$FOLDER/new
mkdir -p "$new" "$FOLDER/done" "$FOLDER/unreadable"
trap 'exit 130' INT
trap 'exit 143' TERM

# One run at a time, also if a run is slow.
exec 9>"$FOLDER/lock"
flock -n 9 || exit 0

aws s3 sync "$BUCKET" "$new" --exclude '*' --include '*.json.gz' --size-only --no-progress >&2

find "$new" -name '*.json.gz' -type f | sort >"$FOLDER/files"
while IFS= read -r file; do
    mark=$FOLDER/done/$(basename "$file")
    [ ! -e "$mark" ] || continue
    # Write to a file first: if the reader of stdout is gone, the file is not marked.
    status=0
    afterhours -c "${CONFIG:-/etc/afterhours/afterhours.toml}" --stats=json "$file" \
        >"$FOLDER/out" 2>"$FOLDER/said" </dev/null || status=$?
    grep -v '^{"afterhours":' "$FOLDER/said" >&2 || :
    if grep -q '"failed":1' "$FOLDER/said"; then
        # Everything before the damage was evaluated.
        echo "s3-sync: $file could not be read to its end; copied to $FOLDER/unreadable" >&2
        cp "$file" "$FOLDER/unreadable/"
    elif ! grep -q '"complete":true' "$FOLDER/said"; then
        exit $((status ? status : 1))
    fi
    cat "$FOLDER/out"
    : >"$mark"
done <"$FOLDER/files"
