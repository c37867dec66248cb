#!/bin/sh
# CloudTrail's own files from S3, without a queue: what is new in the bucket is copied here and filtered, every few minutes.
#
#   BUCKET=s3://my-trail/AWSLogs/111122223333/CloudTrail shell/s3-sync.sh >>after-hours.ndjson     (from cron or a systemd timer)
#
# Choose it for one account and small trails; vector/aws-s3-sqs.yaml for more. Loses nothing: a file is marked in `done` when
# its sign-ins are written, and is filtered again if something stopped in between. The copies stay: they are how sync knows what is
# new. S3 is listed whole each time: where there are many files, give the prefix of the month and throw old months away.
set -eu
: "${BUCKET:?s3://bucket/prefix}"
FOLDER=${FOLDER:-/var/lib/afterhours/s3}
new=$FOLDER/new
mkdir -p "$new" "$FOLDER/done" "$FOLDER/unreadable"

# One at a time: a slow run must not meet the next.
exec 9>"$FOLDER/lock"
flock -n 9 || exit 0

aws s3 sync "$BUCKET" "$new" --exclude '*' --include '*.json.gz' --size-only --no-progress >&2

find "$new" -name '*.json.gz' -type f | sort | while IFS= read -r file; do
    mark=$FOLDER/done/$(basename "$file")
    [ ! -e "$mark" ] || continue
    if ! gzip -t "$file" 2>/dev/null; then
        echo "s3-sync: $file is no whole gzip file; it is put into $FOLDER/unreadable" >&2
        cp "$file" "$FOLDER/unreadable/"
    fi
    status=0
    gzip -dc "$file" 2>/dev/null | afterhours -c "${CONFIG:-/etc/afterhours/afterhours.toml}" || status=$?
    # 1: something in it could not be read, and was forwarded as undecided.
    [ "$status" -le 1 ] || exit "$status"
    : >"$mark"
done
