"""Carry Bedrock's blocks of reasoning in ``encrypted_content``, which clients send back as they got it.

A model takes its reasoning back only with the text and the signature that it gave out, and clients may change
or drop the summary. The container therefore has the whole blocks. It is not compressed: one that a caller
made up must not grow in memory.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: Name and version of the container.
PREFIX = "bedrock-reasoning-1."


def sealed(block: dict[str, str]) -> str:
    """Return ``encrypted_content`` for a block.

    :param block: ``text`` and ``signature``, or ``redacted`` in Base64
    """
    return PREFIX + b64encode(json.dumps(block, ensure_ascii=False).encode("utf-8", "replace")).decode()


def opened(content: str | None) -> dict[str, Any] | None:
    """Return the content block for ConverseStream; None where there is none that a model takes back.

    That is so for what another service has made, and for reasoning without a signature.
    """
    if content is None or not content.startswith(PREFIX):
        return None
    try:
        block = json.loads(b64decode(content[len(PREFIX) :], validate=True))
        if not isinstance(block, dict):
            return None
        redacted, text, signature = (block.get(name) for name in ("redacted", "text", "signature"))
        if redacted and isinstance(redacted, str):
            return {"reasoningContent": {"redactedContent": b64decode(redacted, validate=True)}}
    except (ValueError, RecursionError):
        return None
    if isinstance(text, str) and signature and isinstance(signature, str):
        return {"reasoningContent": {"reasoningText": {"text": text, "signature": signature}}}
    return None
