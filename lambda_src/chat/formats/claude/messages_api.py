"""Ask Claude on Bedrock's path for Anthropic's Messages API.

https://docs.aws.amazon.com/bedrock/latest/userguide/inference-messages-api.html
"""

from __future__ import annotations

import json

from .decisions import decided_body

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ...bedrock import StreamingClient
    from ...settings import AllowedModel, ChatSettings

PATH = "/anthropic/v1/messages"
#: Anthropic's version of the API, which that path wants in a header.
VERSION = "2023-06-01"
# Members of a body of InvokeModel that are headers here.
_IN_HEADERS = ("anthropic_beta", "anthropic_version")


def message_call(
    client: StreamingClient, settings: ChatSettings, model: AllowedModel, members: dict[str, Any]
) -> dict[str, Any]:
    """Ask the model, whatever a caller wrote into the body.

    The answer is streamed in any case: a whole one would need another permission.

    :raises HTTPError: 400 that names a member that the caller may not decide
    """
    decided = decided_body(settings, model, members)
    headers = {"anthropic-version": VERSION}
    if betas := decided.get("anthropic_beta"):
        headers["anthropic-beta"] = ",".join(betas)
    body = {name: value for name, value in decided.items() if name not in _IN_HEADERS}
    sent = {**body, "model": model.model_id, "stream": True}
    return client.stream_vendor_api(path=PATH, body=json.dumps(sent).encode(), headers=headers)
