"""config_schema.py SCHEMA FILE... --wrong FILE...: TOML files that keep to a JSON Schema, and TOML files that do not."""
import datetime
import json
import sys
import tomllib

import jsonschema


def plain(value):
    """Dates and times are text to a schema."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return str(value) if isinstance(value, (datetime.date, datetime.time)) else value


schema_file, *files = sys.argv[1:]
schema = json.load(open(schema_file, encoding="utf-8"))
judge = jsonschema.validators.validator_for(schema)
judge.check_schema(schema)
validator = judge(schema)
at = files.index("--wrong")
for file in files[:at]:
    with open(file, "rb") as text:
        instance = plain(tomllib.load(text))
    errors = [f"{file}: {error.json_path}: {error.message}" for error in validator.iter_errors(instance)]
    if errors:
        sys.exit("\n".join(errors))
for file in files[at + 1 :]:
    with open(file, "rb") as text:
        source = text.read().decode()
    if validator.is_valid(plain(tomllib.loads(source))):
        sys.exit(f"accepted:\n{source}")
print(f"{at} files keep to the schema, {len(files) - at - 1} do not")
