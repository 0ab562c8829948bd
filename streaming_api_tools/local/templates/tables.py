"""Read the tables that keep the streams of a template's functions, or count for their budgets.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from streaming_api_templates.template.lenient_json import Json, mapping
from streaming_api_templates.template.resolve import Resolver

from ..application import Function, Table

#: The variables of functions that name such a table: who writes streams, who reads them, and who counts.
VARIABLES = ("STREAM_STORE_TABLE", "STREAM_TABLE", "TOKEN_BUDGET_TABLE")


def read_tables(
    resources: Mapping[str, Json], resolver: Resolver, functions: Iterable[Function]
) -> tuple[Table, ...]:
    """Return the tables of the template that functions keep streams in, read them from, or count in."""
    wanted = {function.environment.get(variable) for function in functions for variable in VARIABLES}
    tables = []
    for logical_id, resource in resources.items():
        if mapping(resource).get("Type") != "AWS::DynamoDB::Table":
            continue
        name = resolver.text({"Ref": logical_id}, logical_id)
        if name in wanted:
            properties = mapping(resolver.resolve(mapping(resource).get("Properties"), logical_id))
            attributes = _pairs(properties.get("AttributeDefinitions"), "AttributeType")
            tables.append(Table(name, attributes, _pairs(properties.get("KeySchema"), "KeyType")))
    return tuple(tables)


def _pairs(items: object, member: str) -> tuple[tuple[str, str], ...]:
    return tuple(
        (str(mapping(item).get("AttributeName")), str(mapping(item).get(member)))
        for item in (items if isinstance(items, list) else ())
    )
