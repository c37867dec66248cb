"""Validates JSON files with a schema: SCHEMA POINTER FILE..., with the PyPI package jsonschema.

POINTER names a part of the schema's file, such as one body of an OpenAPI file; it may be empty. Every error is printed;
the exit code is 1 for errors, and 77 where the package is missing.
"""

import json
import sys

try:
    from jsonschema import Draft202012Validator
except ImportError:
    print("no jsonschema")
    sys.exit(77)

schema, pointer, *files = sys.argv[1:]
with open(schema, encoding="utf-8") as file:
    schema = json.load(file)
if pointer:
    schema["$ref"] = pointer
validator = Draft202012Validator(schema)
wrong = 0
for name in files:
    with open(name, encoding="utf-8") as file:
        errors = list(validator.iter_errors(json.load(file)))
    wrong += len(errors)
    for error in errors:
        print(f"{name}: {error.json_path}: {error.message}")
# A judge that finds nothing wrong with nonsense does not judge.
if validator.is_valid({"message": 7, "payload": 7}):
    print("the schema accepts nonsense")
    wrong += 1
print(f"{len(files)} files judged, {wrong} errors")
sys.exit(1 if wrong else 0)
