"""Checks every line on stdin: JSON, one tag, and the tag keeps to the schema given."""
import json
import sys

from jsonschema import Draft202012Validator

schema = json.load(open(sys.argv[1], encoding="utf-8"))
Draft202012Validator.check_schema(schema)
validator = Draft202012Validator(schema)
count = 0
for number, line in enumerate(sys.stdin.buffer, 1):
    record = json.loads(line.decode("utf-8", "replace"))
    tags = [key for key in record if key.startswith("after_hours")]
    if not tags:
        sys.exit(f"line {number} has no tag: {line[:200]!r}")
    # A record may bring a tag of its own; ours is the last.
    validator.validate(record[tags[-1]])
    count += 1
if count < 50:
    sys.exit(f"only {count} tagged lines: the inputs were not found")
print(f"{count} tagged lines, every tag keeps to the schema")
