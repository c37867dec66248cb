"""json_schema.py SCHEMA FILE...: validates each file with a JSON Schema and the formats that the schema names."""
import json
import sys

import jsonschema

schema_file, *files = sys.argv[1:]
schema = json.load(open(schema_file, encoding="utf-8"))
judge = jsonschema.validators.validator_for(schema)
judge.check_schema(schema)
validator = judge(schema, format_checker=judge.FORMAT_CHECKER)
for file in files:
    instance = json.load(open(file, encoding="utf-8"))
    errors = [f"{file}: {error.json_path}: {error.message}" for error in validator.iter_errors(instance)]
    if errors:
        sys.exit("\n".join(errors))
    # A schema that accepts anything checks nothing.
    if validator.is_valid({}) or validator.is_valid({**instance, "specversion": 1, "version": "x"}):
        sys.exit(f"{schema_file} takes anything")
print(f"{len(files)} files keep to {schema.get('$id') or schema.get('description')}")
