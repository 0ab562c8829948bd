"""Hold a request against the service model, and say what is wrong as AWS's framework does.

Of several mistakes a wrong type is reported alone, the constraints all together, and of the others the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from streaming_api_templates.plural import counted

from . import service_model
from .refusals import refused

if TYPE_CHECKING:
    from jsonschema import ValidationError

#: How the framework calls a value of JSON that is of the wrong type.
VALUES = {int: "NUMBER_VALUE", float: "NUMBER_VALUE", str: "STRING_VALUE"}
TARGETS = {"integer": "an Integer", "float": "a Float", "string": "a String", "boolean": "a Boolean"}
#: What each keyword of a constraint says; ``{0}`` is its value.
CONSTRAINTS = {
    "required": "Member must not be null",
    "enum": "Member must satisfy enum value set: [{0}]",
    "pattern": "Member must satisfy regular expression pattern: {0}",
    "minimum": "Member must have value greater than or equal to {0}",
    "maximum": "Member must have value less than or equal to {0}",
    "minLength": "Member must have length greater than or equal to {0}",
    "maxLength": "Member must have length less than or equal to {0}",
    "minItems": "Member must have length greater than or equal to {0}",
    "maxItems": "Member must have length less than or equal to {0}",
    "minProperties": "Member must have length greater than or equal to {0}",
    "maxProperties": "Member must have length less than or equal to {0}",
}
BLOB_BOUNDS = {"min": "minLength", "max": "maxLength"}


def check_shapes(operation: str, request: object) -> None:
    """Check a request against the service model.

    :param request: the members of the operation, those in the path and the headers included
    :raises RefusedError: when it is not a request of the operation
    """
    errors = list(service_model.validator(operation).iter_errors(request))
    for error in errors:
        if error.validator == "type":
            raise refused("serialization", problem=_serialization(error))
    if problems := [problem for error in errors for problem in _constraint(error)]:
        count = counted(len(problems), "validation error")
        raise refused("constraint", count=count, problems="; ".join(problems))
    for error in errors:
        path = ".".join(map(str, error.absolute_path))
        if error.validator == "additionalProperties":
            pointer = "/".join(map(str, ("#", *error.absolute_path)))
            raise refused("unknown member", path=pointer, key=error.message)
        if error.validator == "union":
            several = isinstance(error.instance, dict) and _known(error) > 1
            name = "union of several" if several else "union"
            raise refused(name, shape=error.schema["shape"], path=path, keys=error.message)
        raise refused("document type", path=path)


def check_payload(operation: str, body: bytes) -> None:
    """Check the size of a native body.

    :raises RefusedError: when it is too large
    """
    limit = service_model.payload_limit(operation)
    if limit is not None and len(body) > limit:
        said = CONSTRAINTS["maxLength"].format(limit)
        problem = f"Value at 'body' failed to satisfy constraint: {said}"
        raise refused("constraint", count="1 validation error", problems=problem)


def _known(error: ValidationError) -> int:
    return sum(1 for name in error.instance if name in error.schema["properties"])


def _serialization(error: ValidationError) -> str:
    """Return the framework's message for a value of the wrong type."""
    wanted, value = error.validator_value, error.instance
    if isinstance(value, dict):
        return "Start of structure or map found where not expected."
    if isinstance(value, list):
        return "Start of list found where not expected"
    if target := TARGETS.get(error.schema["kind"]):
        return f"{_name_of(value)} can not be converted to {target}"
    return "Expected list or null" if wanted == "array" else "Expected null"


def _name_of(value: object) -> str:
    if isinstance(value, bool):
        return "TRUE_VALUE" if value else "FALSE_VALUE"
    return VALUES.get(type(value), "NULL_VALUE")


def _constraint(error: ValidationError) -> Iterator[str]:
    """Yield what the framework says of a constraint, nothing for other errors."""
    keyword, limit = error.validator, error.validator_value
    if keyword == "blob":
        if error.message not in BLOB_BOUNDS:
            yield f"Value at '{_member_path(error)}' failed to satisfy constraint: Member must be Base64"
            return
        keyword, limit = BLOB_BOUNDS[error.message], limit[error.message]
    if keyword not in CONSTRAINTS:
        return
    if keyword == "enum":
        limit = ", ".join(map(str, limit))
    elif keyword == "pattern":
        limit = limit.removeprefix(r"\A(?:").removesuffix(r")\Z")
    said = CONSTRAINTS[keyword].format(limit)
    # a scalar within a list is told of the list
    if within := error.schema.get("within"):
        said = f"{within} must satisfy constraint: [{said}]"
    elif error.absolute_path and isinstance(error.absolute_path[-1], int):
        said = f"Member must satisfy constraint: [{said}]"
    yield f"Value{_shown(error)} at '{_member_path(error)}' failed to satisfy constraint: {said}"


def _shown(error: ValidationError) -> str:
    """Return the value in quotes where the framework shows it: not of enums, and nothing sensitive."""
    hidden = error.schema.get("sensitive") or error.validator in ("enum", "required", "blob")
    if hidden or isinstance(error.instance, (dict, list)):
        return ""
    return f" '{error.instance}'"


def _member_path(error: ValidationError) -> str:
    """Return a path as the framework writes it: items are counted from one.

    ``messages.2.member.content`` is that of the second message.
    """
    steps = list(error.absolute_path)
    if steps and (isinstance(steps[-1], int) or error.schema.get("within") == "Map value"):
        steps.pop()
    return ".".join(f"{step + 1}.member" if isinstance(step, int) else str(step) for step in steps)
