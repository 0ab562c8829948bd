"""Check a native body: of Anthropic's models wholly, of others what :mod:`..native` needs of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..validation.claude import check_claude
from ..validation.models import is_claude
from ..validation.refusals import refused
from .body import check_messages
from .members import INVOKE_BETAS, INVOKE_MEMBERS, MESSAGES_MEMBERS, MESSAGES_REFUSED_BETAS
from .request import converse_request

Json = Mapping[str, Any]


def check_invoke_body(model_id: str, body: object) -> None:
    """Check a body of InvokeModel.

    :raises RefusedError: when Bedrock would refuse it
    """
    if not isinstance(body, dict) or not (is_claude(model_id) or "anthropic_version" in body):
        return
    if body.get("anthropic_version") is None:
        raise refused("field required", path="anthropic_version")
    betas = body.get("anthropic_beta") or []
    if not {*betas} <= INVOKE_BETAS:
        raise refused("beta flag")
    _check(model_id, body, INVOKE_MEMBERS, betas)


def check_messages_body(body: Json, betas: Sequence[str]) -> None:
    """Check a body of ``/anthropic/v1/messages``.

    :raises RefusedError: when Bedrock would refuse it
    """
    if body.get("model") is None:
        raise refused("field required", path="model")
    if refused_betas := [f"`{beta}`" for beta in betas if beta in MESSAGES_REFUSED_BETAS]:
        raise refused("beta header", betas=", ".join(refused_betas))
    _check(str(body["model"]), body, MESSAGES_MEMBERS, betas)


def _check(model_id: str, body: Json, members: frozenset[str], betas: Sequence[str]) -> None:
    check_messages(model_id, body, members, betas)
    check_claude(model_id, converse_request(body))
