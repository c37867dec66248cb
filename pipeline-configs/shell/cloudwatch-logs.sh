#!/bin/sh
# CloudTrail from a CloudWatch Logs group, as a stream: sign-ins outside hours on stdout within seconds of their arrival.
#
#   GROUP=aws-cloudtrail-logs shell/cloudwatch-logs.sh | siem-forwarder
#
# Choose it when the trail writes to CloudWatch Logs and there is no Vector or Fluent Bit. Loses nothing that CloudWatch files
# within LOOK_BACK of its time: the place is noted when what was read is written, and that much before it is asked for again every time. What
# went out already is known by CloudWatch's eventId; after a crash it comes again. CloudWatch allows few requests a second.
# To stop it, stop the script (or all of its processes, as systemd and Ctrl-C do).
set -eu
: "${GROUP:?the name of the log group}"
PLACE=${PLACE:-/var/lib/afterhours/cloudwatch-place}
LOOK_BACK=${LOOK_BACK:-3600} # seconds
PAUSE=${PAUSE:-10}           # seconds
trap 'exit 130' INT
trap 'exit 143' TERM

touch "$PLACE.seen"
# --filter-pattern has CloudWatch send the sign-ins only.
while :; do
    from=$(cat "$PLACE" 2>/dev/null || echo $(($(date +%s) - LOOK_BACK)))
    now=$(date +%s)
    # The query and the text form put an event on a line: its ID, a tab, and the message as it came.
    if aws logs filter-log-events --log-group-name "$GROUP" --start-time "${from}000" \
        --filter-pattern '"ConsoleLogin"' --query 'events[].[eventId,message]' --output text >"$PLACE.events"; then
        awk -F '\t' 'FILENAME == ARGV[1] { seen[$1]; next } !($1 in seen)' "$PLACE.seen" "$PLACE.events" |
            cut -f 2- >"$PLACE.new"
        # Into a file first: who reads stdout may have gone, and then nothing is noted.
        status=0
        afterhours -c "${CONFIG:-/etc/afterhours/afterhours.toml}" --stats=json "$PLACE.new" \
            >"$PLACE.out" 2>"$PLACE.said" || status=$?
        grep -v '^{"afterhours":' "$PLACE.said" >&2 || :
        # Whatever in it could not be read was forwarded as undecided. If something ended it early, all of it is asked for again.
        grep -q '"complete":true' "$PLACE.said" || exit $((status ? status : 1))
        cat "$PLACE.out"
        cut -f 1 "$PLACE.events" >"$PLACE.next" && mv "$PLACE.next" "$PLACE.seen"
        echo $((now - LOOK_BACK)) >"$PLACE.next" && mv "$PLACE.next" "$PLACE"
    else
        echo "cloudwatch-logs: aws ended with an error; asking again in $PAUSE s" >&2
    fi
    [ -z "${ONCE:-}" ] || exit 0
    sleep "$PAUSE"
done
