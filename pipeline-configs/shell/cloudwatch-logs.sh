#!/bin/sh
# Streams CloudTrail from a CloudWatch Logs group: after-hours sign-ins are on stdout within seconds
# of their arrival.
#
#   GROUP=aws-cloudtrail-logs shell/cloudwatch-logs.sh | siem-forwarder
#
# Choose this if the trail writes to CloudWatch Logs and you have no Vector or Fluent Bit. Loses
# nothing that CloudWatch stores within LOOK_BACK of its time: the position is saved after the output
# is written, and every request starts that much earlier. CloudWatch's eventId shows which events were
# already written; after a crash they are written again. CloudWatch allows few requests a second.
# To stop it, stop the script (or all of its processes, as systemd and Ctrl-C do).
set -eu
: "${GROUP:?the name of the log group}"
PLACE=${PLACE:-/var/lib/afterhours/cloudwatch-place}
LOOK_BACK=${LOOK_BACK:-3600} # seconds
PAUSE=${PAUSE:-10}           # seconds
trap 'exit 130' INT
trap 'exit 143' TERM

touch "$PLACE.seen"
# With --filter-pattern, CloudWatch sends only the sign-ins.
while :; do
    from=$(cat "$PLACE" 2>/dev/null || echo $(($(date +%s) - LOOK_BACK)))
    now=$(date +%s)
    # The query and the text format print one event on each line: its ID, a tab, its message.
    if aws logs filter-log-events --log-group-name "$GROUP" --start-time "${from}000" \
        --filter-pattern '"ConsoleLogin"' --query 'events[].[eventId,message]' --output text >"$PLACE.events"; then
        awk -F '\t' 'FILENAME == ARGV[1] { seen[$1]; next } !($1 in seen)' "$PLACE.seen" "$PLACE.events" |
            cut -f 2- >"$PLACE.new"
        # Write to a file first: if the reader of stdout is gone, the position is not saved.
        status=0
        afterhours -c "${CONFIG:-/etc/afterhours/afterhours.toml}" --stats=json "$PLACE.new" \
            >"$PLACE.out" 2>"$PLACE.said" || status=$?
        grep -v '^{"afterhours":' "$PLACE.said" >&2 || :
        # Events that cannot be read were forwarded as undecided. If the filter ended early, the
        # next run requests all of them again.
        grep -q '"complete":true' "$PLACE.said" || exit $((status ? status : 1))
        cat "$PLACE.out"
        cut -f 1 "$PLACE.events" >"$PLACE.next" && mv "$PLACE.next" "$PLACE.seen"
        echo $((now - LOOK_BACK)) >"$PLACE.next" && mv "$PLACE.next" "$PLACE"
    else
        echo "cloudwatch-logs: aws failed; retrying in $PAUSE s" >&2
    fi
    [ -z "${ONCE:-}" ] || exit 0
    sleep "$PAUSE"
done
