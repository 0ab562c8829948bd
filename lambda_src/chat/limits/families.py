"""Know the families of models: which member of a native request limits the answer.

"Inference request parameters and response fields for foundation models", Amazon Bedrock User Guide,
https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html.
"""

from __future__ import annotations

import re


class Family:
    """A family of models, whose native requests have one form.

    :param limit: path of the member that limits the tokens of the answer
    :param answers: the member that says how many answers are wanted. Default: - the family gives one
    :param aliases: other members that a model of the family may take for the limit. Default: - none
    """

    __slots__ = ("aliases", "answers", "limit")

    def __init__(
        self,
        limit: tuple[str, ...],
        answers: str | None = None,
        aliases: tuple[tuple[str, ...], ...] = (),
    ) -> None:
        self.limit = limit
        self.answers = answers
        self.aliases = aliases


ANTHROPIC = Family(("max_tokens",), aliases=(("max_tokens_to_sample",),))
NOVA = Family(("inferenceConfig", "maxTokens"), None, (("inferenceConfig", "max_new_tokens"),))
_CHAT_COMPLETIONS = Family(("max_tokens",), "n", (("max_completion_tokens",),))
#: What a model's id begins with, after the prefix of an inference profile -> its family.
FAMILIES = {
    "ai21.j2": Family(("maxTokens",), "numResults"),
    "ai21.jamba": _CHAT_COMPLETIONS,
    "amazon.nova": NOVA,
    "amazon.titan-t": Family(("textGenerationConfig", "maxTokenCount")),
    "anthropic.": ANTHROPIC,
    "cohere.command": Family(("max_tokens",), "num_generations"),
    "deepseek.": _CHAT_COMPLETIONS,
    "google.": _CHAT_COMPLETIONS,
    "meta.": Family(("max_gen_len",)),
    "minimax.": _CHAT_COMPLETIONS,
    "mistral.": _CHAT_COMPLETIONS,
    "moonshot": _CHAT_COMPLETIONS,
    "nvidia.": _CHAT_COMPLETIONS,
    "openai.": Family(("max_completion_tokens",), "n", (("max_tokens",),)),
    "qwen.": _CHAT_COMPLETIONS,
    "writer.": _CHAT_COMPLETIONS,
    "zai.": _CHAT_COMPLETIONS,
}
# ARNs of these end in a model's id: "Service Authorization Reference", Amazon Bedrock.
_NAMED = ("foundation-model", "inference-profile")
# Name and version of Claude 4 and later, and of those before, such as claude-3-7-sonnet and claude-v2.
_CLAUDE = re.compile(r"anthropic\.claude-(?P<name>[a-z]+)-(?P<major>\d{1,2})(-(?P<minor>\d{1,2}))?(?!\d)")
_OLD_CLAUDE = re.compile(r"anthropic\.claude-(instant-)?v?(?P<major>\d)([-.](?P<minor>\d)(?!\d))?")
# Models from which on temperature and top_p exclude each other: "Migration guide", Claude's documentation.
_ONE_SAMPLING = {"opus": (4, 1)}
_ONE_SAMPLING_OF_OTHERS = (4, 5)
# Models from which on temperature, top_p and top_k are refused: the same guide, of Claude Opus 4.7.
_NO_SAMPLING = {"opus": (4, 7)}
_NO_SAMPLING_OF_OTHERS = (5, 0)


def claude_version(model_id: str) -> tuple[int, int] | None:
    """Return major and minor version of one of Anthropic's models; None where the id has none."""
    found = _CLAUDE.search(model_id) or _OLD_CLAUDE.search(model_id)
    return (int(found["major"]), int(found["minor"] or 0)) if found else None


def takes_one_sampling(model_id: str) -> bool:
    """Return whether a model takes either temperature or top_p, as Claude 4.5 and Claude Opus 4.1 do."""
    return _has_reached(model_id, _ONE_SAMPLING, _ONE_SAMPLING_OF_OTHERS)


def takes_no_sampling(model_id: str) -> bool:
    """Return whether a model refuses temperature, top_p and top_k, as Claude Opus 4.7 and Claude 5 do."""
    return _has_reached(model_id, _NO_SAMPLING, _NO_SAMPLING_OF_OTHERS)


def _has_reached(model_id: str, first: dict[str, tuple[int, int]], of_others: tuple[int, int]) -> bool:
    version, named = claude_version(model_id), _CLAUDE.search(model_id)
    return version is not None and version >= first.get(named["name"] if named else "", of_others)


def family_of(model_id: str) -> Family | None:
    """Return the family of a model; None where the id does not tell it.

    :param model_id: a model id, an inference profile id or an ARN
    """
    return next((family for begin, family in FAMILIES.items() if begins(model_id, (begin,))), None)


def begins(model_id: str, names: tuple[str, ...]) -> bool:
    """Return whether a model's id begins with one of some names, after the prefix of an inference profile."""
    name = model_id
    if model_id.startswith("arn:"):
        # arn:partition:bedrock:region:account:type/id, and the id may have colons
        kind, _, name = model_id.split(":", 5)[-1].partition("/")
        if kind not in _NAMED:
            return False
    # the id of an inference profile begins with where it routes to, such as "us." or "global."
    return name.startswith(names) or name.partition(".")[2].startswith(names)
