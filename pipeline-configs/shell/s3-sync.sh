#!/bin/sh
# CloudTrail's own files from S3, without a queue: what is new in the bucket is copied here and filtered, every few minutes.
#
#   BUCKET=s3://my-trail/AWSLogs/111122223333/CloudTrail shell/s3-sync.sh >>after-hours.ndjson     (from cron or a systemd timer)
#
# Choose it for one account and small trails; vector/aws-s3-sqs.yaml for more. Loses nothing: a file is marked in `done` when
# its sign-ins are written, and is filtered again if something stopped in between. The copies stay: they are how sync knows what is
# new. S3 is listed whole each time: where there are many files, give the prefix of the month and throw old months away.
# To stop it, stop the script (or all of its processes, as systemd and Ctrl-C do).
set -eu
: "${BUCKET:?s3://bucket/prefix}"
FOLDER=${FOLDER:-/var/lib/afterhours/s3}
new=$FOLDER/new
mkdir -p "$new" "$FOLDER/done" "$FOLDER/unreadable"
trap 'exit 130' INT
trap 'exit 143' TERM

# One at a time: a slow run must not meet the next.
exec 9>"$FOLDER/lock"
flock -n 9 || exit 0

aws s3 sync "$BUCKET" "$new" --exclude '*' --include '*.json.gz' --size-only --no-progress >&2

find "$new" -name '*.json.gz' -type f | sort >"$FOLDER/files"
while IFS= read -r file; do
    mark=$FOLDER/done/$(basename "$file")
    [ ! -e "$mark" ] || continue
    # Into a file first: who reads stdout may have gone, and then nothing is marked.
    status=0
    afterhours -c "${CONFIG:-/etc/afterhours/afterhours.toml}" --stats=json "$file" \
        >"$FOLDER/out" 2>"$FOLDER/said" </dev/null || status=$?
    grep -v '^{"afterhours":' "$FOLDER/said" >&2 || :
    if grep -q '"failed":1' "$FOLDER/said"; then
        # What came out of it before the damage was judged.
        echo "s3-sync: $file could not be read to its end; it is put into $FOLDER/unreadable" >&2
        cp "$file" "$FOLDER/unreadable/"
    elif ! grep -q '"complete":true' "$FOLDER/said"; then
        exit $((status ? status : 1))
    fi
    cat "$FOLDER/out"
    : >"$mark"
done <"$FOLDER/files"
