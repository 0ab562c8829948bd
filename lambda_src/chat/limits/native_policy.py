"""Refuse in a native body of any model what the deployment decides, or what a server would run or fetch.

Claude has an allow-list of its own; the bodies of the other families are the models' own words, of which this
table has what costs money, runs elsewhere or is fetched.
"""

from __future__ import annotations

from ..json_body import JsonObject, bad_request
from .caller_fields import JSON_MEMBERS, S3_LOCATION, SYSTEM_TOOL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .caller_fields import CallerFields

#: Member of a body -> why it is refused.
REFUSED = {
    "background": "nothing runs in the background here",
    "connectors": "it runs on the side of a server",
    "container": "it runs on the side of a server",
    "mcp_servers": "it runs on the side of a server",
    "previous_response_id": "nothing is stored",
    "store": "nothing is stored",
    "web_search_options": "it runs on the side of a server",
}
#: What the models that write as OpenAI does call the tier, and its values without another price.
TIER, FREE_TIERS = "service_tier", ("auto", "default")
#: Types of tools that the caller runs; a tool without a type is one of these.
CLIENT_TOOLS = (None, "function", "custom")
#: Members that have a place from which Bedrock or a model would fetch something.
URLS = ("url", "uri", "image_url", "audio_url", "video_url", "file_url", "source_url")
_FETCHED = ("http://", "https://", "s3://", "ftp://", "file:")


def check_native_body(body: dict[str, Any], allowed: CallerFields, *, may_set_tier: bool) -> None:
    """Refuse a body that has what is not for a caller to decide.

    :param allowed: what a caller may send; ``systemTool`` opens tools of a server, ``s3Location`` Amazon S3
    :param may_set_tier: whether a caller decides the service tier
    :raises HTTPError: 400 that names the member
    """
    fields = JsonObject(body)
    for name, why in REFUSED.items():
        if body.get(name):
            raise bad_request(f"{name} is not supported: {why}", "unsupported_value", name)
    if not may_set_tier and body.get(TIER) not in (None, *FREE_TIERS):
        raise bad_request(f"{TIER} is decided by this API and cannot be set", "not_allowed", TIER)
    if SYSTEM_TOOL not in allowed.names and isinstance(body.get("tools"), list):
        for tool in body["tools"]:
            kind = tool.get("type") if isinstance(tool, dict) else None
            if kind not in CLIENT_TOOLS:
                path = fields.at("tools")
                message = f"{path} has one of type {kind!r:.80}, which does not run on the client's side"
                raise bad_request(message, "not_allowed", path)
    _check_urls(body, S3_LOCATION in allowed.names)


def _check_urls(body: object, from_s3: bool) -> None:
    waiting = [body]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            for name in URLS:
                url = value.get(name)
                if isinstance(url, str) and _is_fetched(url, from_s3):
                    raise bad_request(
                        f"{name} would be fetched; send the content itself", "not_allowed", name
                    )
            waiting += [each for name, each in value.items() if name not in JSON_MEMBERS]
        elif isinstance(value, list):
            waiting += value


def _is_fetched(url: str, from_s3: bool) -> bool:
    place = url.strip().lower()
    return place.startswith(_FETCHED) and not (from_s3 and place.startswith("s3://"))
