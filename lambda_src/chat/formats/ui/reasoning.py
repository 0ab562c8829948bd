"""Read the signature of reasoning in the metadata of its part, which ``useChat`` sends back as it got it.

The names are those of the AI SDK's own provider for Bedrock.
"""

from __future__ import annotations

from base64 import b64decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ...json_body import JsonObject


def opened(part: JsonObject) -> dict[str, Any] | None:
    """Return the content block for ConverseStream; None where there is none that a model takes back."""
    said = part.value.get("providerMetadata")
    own = said.get("bedrock") if isinstance(said, dict) else None
    if not isinstance(own, dict):
        return None
    text, signature, redacted = part.value.get("text"), own.get("signature"), own.get("redactedData")
    if isinstance(text, str) and isinstance(signature, str) and signature:
        return {"reasoningContent": {"reasoningText": {"text": text, "signature": signature}}}
    try:
        if isinstance(redacted, str) and redacted:
            return {"reasoningContent": {"redactedContent": b64decode(redacted, validate=True)}}
    except ValueError:
        pass
    return None
