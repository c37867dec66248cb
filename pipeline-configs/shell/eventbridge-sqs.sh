#!/bin/sh
# Reads console sign-ins from EventBridge through an SQS queue: the fastest way out of AWS, and the
# cheapest.
#
#   QUEUE=https://sqs.us-east-1.amazonaws.com/111122223333/sign-ins shell/eventbridge-sqs.sh | siem-forwarder
#
# The rule, in us-east-1 (which has the sign-in events of the global endpoint) and in every Region in
# which people sign in:
#   {"source": ["aws.signin"], "detail-type": ["AWS Console Sign In via CloudTrail"]}
# Loses nothing: a message is deleted from the queue after its sign-in is written, and received again
# otherwise. Several scripts may run in parallel; SQS gives a message to one of them. EventBridge
# delivers at least once: a sign-in may be repeated, and is notified once.
# To stop it, stop the script (or all of its processes, as systemd and Ctrl-C do).
set -eu
: "${QUEUE:?the URL of the queue}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

while :; do
    # One message on each line: its handle, a tab, its body. The body is JSON on one line, which
    # contains no tab.
    if ! aws sqs receive-message --queue-url "$QUEUE" --wait-time-seconds "${WAIT:-20}" --max-number-of-messages 10 \
        --query 'Messages[].[ReceiptHandle,Body]' --output text >"$work/messages"; then
        echo "eventbridge-sqs: aws cannot receive messages; retrying in 5 s" >&2
        sleep 5
    elif [ "$(cat "$work/messages")" != None ]; then
        cut -f 2- "$work/messages" >"$work/bodies"
        # Write to a file first: if the reader of stdout is gone, no message is deleted.
        status=0
        afterhours -c "${CONFIG:-/etc/afterhours/afterhours.toml}" --stats=json "$work/bodies" \
            >"$work/out" 2>"$work/said" || status=$?
        grep -v '^{"afterhours":' "$work/said" >&2 || :
        # Messages that cannot be read were forwarded as undecided. If the filter ended early, all
        # messages are received again.
        grep -q '"complete":true' "$work/said" || exit $((status ? status : 1))
        cat "$work/out"
        cut -f 1 "$work/messages" | while IFS= read -r handle; do
            aws sqs delete-message --queue-url "$QUEUE" --receipt-handle "$handle" ||
                echo "eventbridge-sqs: a message was not deleted and will be received again" >&2
        done
    fi
    [ -z "${ONCE:-}" ] || exit 0
done
