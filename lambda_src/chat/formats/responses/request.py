"""Convert a request of OpenAI's Responses API to ConverseStream's members.

https://platform.openai.com/docs/api-reference/responses/create
"""

from __future__ import annotations

from ...converse.conversation import without_tools
from ...converse.model_call import Converted
from ...converse.request import positive
from ...json_body import bad_request
from ..members import check_members
from ..openai_words import ONE_OBJECT, add_tier, effort_of, one_call_at_most, text_format
from .items import conversation
from .members import LOGPROBS, MEMBERS
from .tools import tool_config

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ...json_body import JsonObject
    from ...limits.families import Family
    from .tools import ClientTools


def to_converse(body: JsonObject, tools: ClientTools, family: Family | None) -> Converted:
    """Return the request in ConverseStream's words.

    :param tools: gets those of the request
    :param family: of the model that is asked
    :raises HTTPError: 400 that names what has no counterpart
    """
    check_members(body, MEMBERS)
    if LOGPROBS in body.sequence("include"):
        raise bad_request("include asks for probabilities", "unsupported_value", "include")
    converted = Converted(conversation(body, tools))
    members = converted.members
    config = {
        "maxTokens": positive(body, "max_output_tokens"),
        "temperature": body.number("temperature"),
        "topP": body.number("top_p"),
    }
    if config := {name: value for name, value in config.items() if value is not None}:
        members["inferenceConfig"] = config
    if given := tool_config(body, tools):
        members["toolConfig"] = given
        one_call_at_most(body, family, converted)
    else:
        members["messages"] = without_tools(members["messages"])
    if output := _output(body, converted):
        members["outputConfig"] = output
    if extra := body.member("additionalModelRequestFields"):
        members["additionalModelRequestFields"] = extra.value
    add_tier(body, members)
    return converted


def _output(body: JsonObject, converted: Converted) -> dict[str, Any]:
    output: dict[str, Any] = {}
    reasoning = body.member("reasoning")
    if effort := effort_of(reasoning.text("effort") if reasoning else None):
        output["effort"] = effort
    text = body.member("text")
    if text and text.text("verbosity") not in (None, "medium"):
        text.drop("text.verbosity")
    wanted = text.member("format") if text else None
    kind = wanted.required("type") if wanted else "text"
    if kind == "json_object":
        converted.own_system.append({"text": ONE_OBJECT})
    elif kind == "json_schema" and wanted:
        output["textFormat"] = text_format(wanted, "text.format")
    elif kind != "text":
        path = "text.format.type"
        raise bad_request(f"{path} must be text, json_object or json_schema", "unsupported_value", path)
    return output
