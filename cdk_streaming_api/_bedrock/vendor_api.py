"""Tell which models Bedrock serves on its own paths for the APIs of their vendors.

https://docs.aws.amazon.com/bedrock/latest/userguide/inference-messages-api.html and
inference-responses-api.html; the models as they were reported between August and November 2026.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from .model_id import ModelReference

#: Values of ``vendorApi`` in the settings of the handler.
MESSAGES, RESPONSES = "messages", "responses"
# By a system-defined inference profile, from Claude 4.6 on.
_CLAUDE = re.compile(r"anthropic\.claude-[a-z]+-(?P<major>\d{1,2})(-(?P<minor>\d{1,2}))?(?!\d)")
_FIRST_CLAUDE = (4, 6)
# By a profile with one of these prefixes, from GPT 5.4 on.
_GPT = re.compile(r"openai\.gpt-(?P<major>\d{1,2})(\.(?P<minor>\d{1,2}))?(?!\d)")
_FIRST_GPT = (5, 4)
_GPT_PREFIXES = ("us", "global", "us-gov")


def serves_messages(reference: ModelReference) -> bool:
    """Return whether a model is known to have Anthropic's Messages API on ``/anthropic/v1/messages``."""
    return _reaches(reference, _CLAUDE, _FIRST_CLAUDE, lambda prefix: prefix is not None)


def serves_responses(reference: ModelReference) -> bool:
    """Return whether a model is known to have OpenAI's Responses API on ``/openai/v1/responses``."""
    return _reaches(reference, _GPT, _FIRST_GPT, lambda prefix: prefix in _GPT_PREFIXES)


def _reaches(
    reference: ModelReference,
    named: re.Pattern[str],
    first: tuple[int, int],
    takes: Callable[[str | None], bool],
) -> bool:
    if not takes(reference.prefix) or reference.model_id.startswith("arn:"):
        return False
    found = named.match(reference.foundation_model_id or "")
    return found is not None and (int(found["major"]), int(found["minor"] or 0)) >= first
