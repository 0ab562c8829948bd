"""Convert what OpenAI's Chat Completions and Responses have in the same words."""

from __future__ import annotations

from ..converse.conversation import json_schema
from ..converse.tools import one_call
from ..header_names import SPENT
from ..json_body import bad_request
from ..limits.families import ANTHROPIC

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from lambda_streaming import HTTPError

    from ..converse.model_call import Converted
    from ..json_body import JsonObject
    from ..limits.families import Family

#: What ``tool_choice`` says in one word, none aside -> ``toolChoice``.
MODES: dict[str, dict[str, Any]] = {"auto": {"auto": {}}, "required": {"any": {}}}
#: Value of ``service_tier`` -> that of ``serviceTier``, if it has any effect.
TIERS = {"auto": None, "default": None, "flex": "flex", "priority": "priority"}
_EFFORTS = {"none": None, "minimal": "low"}
#: What json_object asks for, in words; no model of Bedrock has a parameter for it.
ONE_OBJECT = "Answer with one JSON object and nothing else."


def mode(holder: JsonObject, name: str) -> dict[str, Any] | None:
    """Return ``toolChoice`` for one word; None when there is none.

    :raises HTTPError: 400 for another word
    """
    said = holder.text(name)
    if said not in (None, *MODES):
        path = holder.at(name)
        raise bad_request(f"{path} is not supported", "unsupported_value", path)
    return MODES[said] if said else None


def add_tier(body: JsonObject, members: dict[str, Any]) -> None:
    """Add ``serviceTier``; a tier that Bedrock does not have is dropped."""
    tier = body.text("service_tier")
    if tier not in (None, *TIERS):
        body.drop("service_tier")
    elif served := TIERS.get(tier or ""):
        members["serviceTier"] = {"type": served}


def text_format(schema: JsonObject, table: str) -> dict[str, Any]:
    """Return ``outputConfig.textFormat`` for a schema, which Bedrock always keeps to.

    :param schema: has the schema and its name
    :param table: where it is, for the name of ``strict: false``, which has no effect
    """
    schema.only("type", "name", "description", "schema", "strict")
    if schema.has("strict") and not schema.flag("strict"):
        schema.drop(f"{table}.strict")
    definition = schema.member("schema")
    name, description = schema.text("name"), schema.text("description")
    return json_schema(definition.value if definition else {}, name, description)


def effort_of(effort: str | None) -> str | None:
    """Return the effort of reasoning in Bedrock's word; None for none."""
    return None if effort is None else _EFFORTS.get(effort, effort)


def one_call_at_most(body: JsonObject, family: Family | None, converted: Converted) -> None:
    """Ask for one call of a tool where the caller wants no parallel ones.

    Anthropic's models take the wish in their own ``tool_choice``, beside which there is none of Converse's.
    """
    if body.value.get("parallel_tool_calls") is None or body.flag("parallel_tool_calls"):
        return
    if family is ANTHROPIC:
        tools = converted.members["toolConfig"]
        converted.own_fields["tool_choice"] = one_call(tools.pop("toolChoice", {"auto": {}}))
    else:
        body.drop("parallel_tool_calls")


def in_openais_words(error: HTTPError, fields: Mapping[str, str]) -> None:
    """Name an error, and the field at fault, as OpenAI's clients know them.

    :param fields: what Bedrock calls a field -> what the API does
    """
    error.param = fields.get(error.param or "", error.param)
    if error.code == SPENT:
        error.type = error.code
