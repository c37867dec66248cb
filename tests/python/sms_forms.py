"""The forms of text messages, validated with the services' own schemas (from their published descriptions) with jsonschema.

Reads {"twilio": {sender: {message: form}}, "vonage": {message: form}}; writes how many keep to their schema.
Exit status 77: the package or the schemas are not installed.
"""

import json
import pathlib
import sys

try:
    import jsonschema
except ImportError as error:
    sys.exit(print(error, file=sys.stderr) or 77)

schemas = pathlib.Path(__file__).resolve().parents[2].parent / "shared" / "schemas"
files = {"twilio": "twilio/twilio-create-message-form.schema.json", "vonage": "vonage/vonage-sms-form.schema.json"}
if not all((schemas / file).exists() for file in files.values()):
    sys.exit(print(f"no schemas in {schemas}", file=sys.stderr) or 77)


def validator(name):
    schema = json.loads((schemas / files[name]).read_text())
    # Twilio's leaves other names open; one that is misspelt would pass unseen.
    return jsonschema.Draft202012Validator({**schema, "additionalProperties": False})


given = json.load(sys.stdin)
count = 0
for form in [form for sender in given["twilio"].values() for form in sender.values()]:
    validator("twilio").validate(form)
    assert len(form["Body"]) <= 1600, form
    count += 1
for form in given["vonage"].values():
    validator("vonage").validate(form)
    assert len(form["client-ref"]) <= 40, form
    count += 1
# A schema that accepts anything checks nothing.
assert not validator("twilio").is_valid({"Body": "no To"})
assert not validator("vonage").is_valid({**given["vonage"]["one"], "to": "+44"})
assert not validator("vonage").is_valid({**given["vonage"]["one"], "api_key": "short"})
print(json.dumps(count))
