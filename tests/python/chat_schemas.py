"""Validates the messages for chat services with the services' own schemas, and Slack's lengths with Slack's own library.

Arguments: the folder of the schemas, and the folder of the messages. Prints how many were checked; exits with an error at
the first invalid one. Each validator must first reject an invalid message.
"""

import copy
import json
import pathlib
import sys

import jsonschema
from slack_sdk.models.blocks import Block

schemas, messages = (pathlib.Path(name) for name in sys.argv[1:3])


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def validator(path):
    schema = read(schemas / path)
    validator = jsonschema.validators.validator_for(schema)
    return validator(schema, format_checker=validator.FORMAT_CHECKER).validate


def refuses(check, message, what):
    try:
        check(message)
    except Exception:
        return
    sys.exit(f"a validator accepts {what}")


def changed(message, change):
    message = copy.deepcopy(message)
    change(message)
    return message


slack_shape = validator("slack/slack-webhook-message.from-slack-types-3.2.0.schema.json")
discord_shape = validator("discord/discord-webhook.schema.json")
card_shape = validator("adaptivecards/adaptive-card-1.4.0.json")


def slack(message):
    slack_shape(message)
    for block in Block.parse_all(message["blocks"]):
        block.to_dict()


def discord(message):
    discord_shape(message)


def teams(message):
    assert message["type"] == "message"
    for attachment in message["attachments"]:
        assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
        card = dict(attachment["content"])
        # Teams' own key, which the schema does not know.
        del card["msteams"]
        card_shape(card)
    assert len(json.dumps(message, ensure_ascii=False).encode("utf-16-le")) < 28 * 1024


for name, check, wrong in [
    ("slack", slack, lambda m: m["blocks"][0]["text"].update(text="x" * 151)),
    ("slack", slack, lambda m: m["blocks"][0].update(colour="red")),
    ("discord", discord, lambda m: m["embeds"][0].update(title="x" * 257)),
    ("teams", teams, lambda m: m["attachments"][0]["content"]["body"][0].update(style="red")),
]:
    refuses(check, changed(read(messages / name / "one.json"), wrong), f"a wrong message of {name}")

count = 0
for name, check in [("slack", slack), ("discord", discord), ("teams", teams)]:
    for path in sorted((messages / name).glob("*.json")):
        try:
            check(read(path))
        except Exception as error:
            sys.exit(f"{path}: {error}")
        count += 1
print(f"{count} messages checked")
