"""Refuse content of messages by which a caller would get around a decision of the deployment."""

from __future__ import annotations

from ..json_body import bad_request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def check_system_messages(members: Mapping[str, Any]) -> None:
    """Refuse a system prompt among the messages.

    :param members: of ConverseStream
    :raises HTTPError: 400
    """
    if any(message["role"] == "system" for message in members.get("messages", ())):
        raise bad_request("this API decides the system prompt", "not_allowed", "messages")


def check_guarded_content(members: Mapping[str, Any]) -> None:
    """Refuse content that is marked for the guardrail, which looks at nothing else then.

    :param members: of ConverseStream
    :raises HTTPError: 400 that names the member
    """
    contents = {"system": members.get("system", ())}
    for index, message in enumerate(members.get("messages", ())):
        contents[f"messages[{index}].content"] = message["content"]
    for path, content in contents.items():
        if any("guardContent" in block for block in content):
            raise bad_request("this API decides what its guardrail sees", "not_allowed", path)
