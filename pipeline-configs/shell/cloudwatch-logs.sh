#!/bin/sh
# CloudTrail from a CloudWatch Logs group, as a stream: sign-ins outside hours on stdout within seconds of their arrival.
#
#   GROUP=aws-cloudtrail-logs shell/cloudwatch-logs.sh | siem-forwarder
#
# Choose it when the trail writes to CloudWatch Logs and there is no Vector or Fluent Bit. Loses nothing: the place is noted
# when what was read is written, and events of the last minutes are asked for again, because CloudWatch files some late. So each
# sign-in may come several times within LOOK_BACK; people ([notify]) are told once. CloudWatch allows few requests a second.
set -eu
: "${GROUP:?the name of the log group}"
PLACE=${PLACE:-/var/lib/afterhours/cloudwatch-place}
LOOK_BACK=${LOOK_BACK:-300} # seconds
PAUSE=${PAUSE:-10}          # seconds

# --filter-pattern has CloudWatch send the sign-ins only.
while :; do
    from=$(cat "$PLACE" 2>/dev/null || echo $(($(date +%s) - LOOK_BACK)))
    now=$(date +%s)
    status=0
    # The query and the text form put one message on a line, as it came.
    aws logs filter-log-events --log-group-name "$GROUP" --start-time "${from}000" \
        --filter-pattern '"ConsoleLogin"' --query 'events[].[message]' --output text >"$PLACE.events" || status=$?
    if [ "$status" -eq 0 ]; then
        afterhours -c "${CONFIG:-/etc/afterhours/afterhours.toml}" "$PLACE.events" || status=$?
        # 1: something could not be read, and was forwarded as undecided.
        [ "$status" -le 1 ] || exit "$status"
        echo $((now - LOOK_BACK)) >"$PLACE.next"
        mv "$PLACE.next" "$PLACE"
    else
        echo "cloudwatch-logs: aws ended with status $status; asking again in $PAUSE s" >&2
    fi
    [ -z "${ONCE:-}" ] || exit 0
    sleep "$PAUSE"
done
