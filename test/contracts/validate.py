"""Holds a data contract to the JSON Schema of the standard. Usage: validate.py FILE; exits with 1 when it does not pass."""

import json
import sys
from importlib.resources import files

import jsonschema
import yaml

schema = json.loads((files("open_data_contract_standard") / "schema.json").read_text())
with open(sys.argv[1], encoding="utf-8") as file:
    document = yaml.safe_load(file)
faults = list(jsonschema.validators.validator_for(schema)(schema).iter_errors(document))
for fault in faults:
    print("/".join(str(part) for part in fault.absolute_path) or "(root)", fault.message)
sys.exit(1 if faults else 0)
