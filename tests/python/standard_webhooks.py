"""standard_webhooks.py REQUEST...: verifies requests as a receiver does, with the PyPI package `standardwebhooks`.

A request is a JSON file with `secrets` (each alone must verify it), `stranger` (which must not), `headers` and `body`.
"""
import base64
import json
import sys

from standardwebhooks import Webhook, WebhookVerificationError

for file in sys.argv[1:]:
    request = json.load(open(file, encoding="utf-8"))
    body, headers = base64.b64decode(request["body"]), request["headers"]
    for secret in request["secrets"]:
        assert Webhook(secret).verify(body, headers) == json.loads(body)
    for secret, sent, changed in [
        (request["stranger"], body, headers),
        (request["secrets"][0], body + b" ", headers),
        (request["secrets"][0], body, {**headers, "webhook-id": "another"}),
        (request["secrets"][0], body, {**headers, "webhook-timestamp": str(int(headers["webhook-timestamp"]) - 1)}),
    ]:
        try:
            Webhook(secret).verify(sent, changed)
        except WebhookVerificationError:
            continue
        sys.exit(f"{file}: what was changed verifies as well")
print(f"{len(sys.argv) - 1} requests verified")
