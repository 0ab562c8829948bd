"""Print what XML documents break of a schema, for an interpreter that has xmlschema: SCHEMA DOCUMENT..."""

import sys

import xmlschema

schema = xmlschema.XMLSchema(sys.argv[1])
for document in sys.argv[2:]:
    for error in schema.iter_errors(document):
        print(f"{document}: {error.path}: {error.reason}")
