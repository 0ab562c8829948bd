"""Validate requests as Bedrock does, before anything answers them."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from ....json_text import parse_json
from .anthropic.checks import check_invoke_body
from .operations import BedrockOperation
from .validation import service_model
from .validation.claude import check_claude
from .validation.conversation import check_conversation, role_notes
from .validation.guardrails import check_native_guardrail, check_pair
from .validation.media import check_media
from .validation.models import counts_tokens, is_profile
from .validation.refusals import MODEL_PREFIX, RefusedError, refused
from .validation.shapes import check_payload, check_shapes

Json = Mapping[str, Any]


class RequestValidator:
    """Refuses the requests that Bedrock refuses.

    :param log: called with what some models refuse and others take
    """

    def __init__(self, log: Callable[[str], None]) -> None:
        self._log = log

    def check(
        self, operation: BedrockOperation, model_id: str, headers: Mapping[str, str], body: bytes
    ) -> None:
        """Check a request.

        :param headers: with names in lower case
        :raises ValueError: when the body is not JSON
        :raises RefusedError: when Bedrock would refuse the request
        """
        outside = {
            member.name: headers.get(member.header) if member.header else model_id
            for member in service_model.outside_body(operation.name)
        }
        if operation.native:
            check_payload(operation.name, body)
            check_shapes(operation.name, outside)
            self._check_native(model_id, outside, body)
            return
        members = parse_json(body or b"{}")
        check_shapes(operation.name, {**members, **outside} if isinstance(members, dict) else members)
        assert isinstance(members, dict)
        if operation.name != "CountTokens":
            return self._check_converse(model_id, members)
        if counted := members["input"].get("converse"):
            self._check_converse(model_id, counted)
        else:
            self._check_native(model_id, {}, base64.b64decode(members["input"]["invokeModel"]["body"]))
        if is_profile(model_id):
            raise refused("profile of counting")
        if not counts_tokens(model_id):
            raise refused("model of counting")

    def _check_converse(self, model_id: str, request: Json) -> None:
        """Check what goes beyond the service model, first what Converse refuses and then the model."""
        check_pair(request.get("guardrailConfig") or {})
        try:
            check_conversation(model_id, request)
            check_media(model_id, request)
            check_claude(model_id, request)
        except RefusedError as error:
            if not error.refusal.model:
                raise
            raise RefusedError(error.refusal, f"{MODEL_PREFIX}{error}") from None
        for note in role_notes(request):
            self._log(note)

    def _check_native(self, model_id: str, outside: Json, body: bytes) -> None:
        parsed = parse_json(body)
        check_native_guardrail(outside, parsed)
        try:
            check_invoke_body(model_id, parsed)
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"Malformed input request: {error}, please reformat your input") from error
