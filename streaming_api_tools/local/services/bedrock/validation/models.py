"""Tell what models are known to refuse, by their ids.

https://docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html lists the ids, the sources of
:mod:`.refusals` what each generation refuses. An id that says nothing of its model refuses nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: ``claude-opus-4-8``, ``claude-sonnet-4-20250514-v1:0`` and, until 2025, ``claude-3-7-sonnet-20250219-v1:0``
NEW_ID = re.compile(r"anthropic\.claude-(?P<name>[a-z]+)-(?P<major>\d)(?:[-.](?P<minor>\d)(?!\d))?")
OLD_ID = re.compile(r"anthropic\.claude-(?P<major>\d)(?:-(?P<minor>\d))?-(?P<name>[a-z]+)")
#: A system-defined profile, or one of the account's.
PROFILE = re.compile(r"(us|us-gov|eu|apac|jp|au|ca|global)\.|arn:.*(inference-profile|prompt-router)/")
OTHERS = re.compile(
    r"(^|[/.])(ai21|amazon|cohere|deepseek|google|meta|mistral|moonshot|openai|qwen|writer)\."
)
#: Models for which a cachePoint was reported to be refused.
WITHOUT_CACHE = re.compile(r"(^|[/.])(ai21|deepseek|google|meta|mistral|moonshot|nvidia|qwen|zai)\.")


@dataclass(frozen=True)
class ClaudeModel:
    """One of Anthropic's models.

    :param name: ``opus``, ``sonnet``, ``haiku``, ...
    :param version: major and minor
    """

    name: str
    version: tuple[int, int]

    @property
    def thinks(self) -> bool:
        """Tell whether it has extended thinking."""
        return self.version >= (3, 7)

    @property
    def takes_prefill(self) -> bool:
        """Tell whether the conversation may end with a message of the assistant."""
        return self.version < ((4, 6) if self.name == "opus" else (5, 0))

    @property
    def takes_sampling(self) -> bool:
        """Tell whether temperature, top_p and top_k can be other than their defaults."""
        return self.version < ((4, 7) if self.name == "opus" else (5, 0))

    @property
    def takes_both_samplings(self) -> bool:
        """Tell whether temperature and top_p can be given together."""
        return self.version < ((4, 1) if self.name == "opus" else (4, 5))


def is_profile(model_id: str) -> bool:
    """Tell whether an id is that of an inference profile."""
    return bool(PROFILE.match(model_id))


def counts_tokens(model_id: str) -> bool:
    """Tell whether CountTokens may cover a model; of those that are known it is Claude from 3.5 to 4.6."""
    model = claude_model(model_id)
    if model is not None:
        return (3, 5) <= model.version < (4, 7)
    return not OTHERS.search(model_id)


def claude_model(model_id: str) -> ClaudeModel | None:
    """Return the model of an id or ARN, None when it is not one of Anthropic's or too old to have a number.

    >>> claude_model("us.anthropic.claude-opus-4-8")
    ClaudeModel(name='opus', version=(4, 8))
    >>> claude_model("anthropic.claude-3-7-sonnet-20250219-v1:0")
    ClaudeModel(name='sonnet', version=(3, 7))
    """
    found = NEW_ID.search(model_id) or OLD_ID.search(model_id)
    return ClaudeModel(found["name"], (int(found["major"]), int(found["minor"] or 0))) if found else None


def is_claude(model_id: str) -> bool:
    """Tell whether a model is one of Anthropic's."""
    return "anthropic." in model_id


def takes_cache_points(model_id: str) -> bool:
    """Tell whether a model may have prompt caching."""
    return not WITHOUT_CACHE.search(model_id)
