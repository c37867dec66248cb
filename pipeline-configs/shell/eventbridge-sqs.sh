#!/bin/sh
# Console sign-ins as EventBridge sees them, through an SQS queue: the fastest way out of AWS, and the cheapest.
#
#   QUEUE=https://sqs.us-east-1.amazonaws.com/111122223333/sign-ins shell/eventbridge-sqs.sh | siem-forwarder
#
# The rule, in us-east-1 (sign-in events of the global endpoint appear there) and in every Region that people sign in to:
#   {"source": ["aws.signin"], "detail-type": ["AWS Console Sign In via CloudTrail"]}
# Loses nothing: a message is deleted from the queue when its sign-in is written, and comes again if not. Several may run side by
# side; SQS gives a message to one of them. EventBridge delivers at least once: a sign-in may come twice, people are told once.
# To stop it, stop the script (or all of its processes, as systemd and Ctrl-C do).
set -eu
: "${QUEUE:?the URL of the queue}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

while :; do
    # One message a line: its handle, a tab, its body. A body is JSON on one line, and JSON on one line holds no tab.
    if ! aws sqs receive-message --queue-url "$QUEUE" --wait-time-seconds "${WAIT:-20}" --max-number-of-messages 10 \
        --query 'Messages[].[ReceiptHandle,Body]' --output text >"$work/messages"; then
        echo "eventbridge-sqs: aws could not receive; asking again in 5 s" >&2
        sleep 5
    elif [ "$(cat "$work/messages")" != None ]; then
        cut -f 2- "$work/messages" >"$work/bodies"
        # Into a file first: who reads stdout may have gone, and then nothing is deleted.
        status=0
        afterhours -c "${CONFIG:-/etc/afterhours/afterhours.toml}" --stats=json "$work/bodies" \
            >"$work/out" 2>"$work/said" || status=$?
        grep -v '^{"afterhours":' "$work/said" >&2 || :
        # Whatever in it could not be read was forwarded as undecided. If something ended it early, the messages come again.
        grep -q '"complete":true' "$work/said" || exit $((status ? status : 1))
        cat "$work/out"
        cut -f 1 "$work/messages" | while IFS= read -r handle; do
            aws sqs delete-message --queue-url "$QUEUE" --receipt-handle "$handle" ||
                echo "eventbridge-sqs: a message could not be deleted and will come again" >&2
        done
    fi
    [ -z "${ONCE:-}" ] || exit 0
done
