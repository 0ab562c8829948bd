"""Holds the native request of each model family, for a short answer.

https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html and, of Amazon Nova,
https://docs.aws.amazon.com/nova/latest/nova2-userguide/using-invoke-api.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping

#: Short, and asks for a short answer.
PROMPT = "Answer with the word yes."
#: What bounds the cost of each answer.
MOST_TOKENS = 64
MESSAGE = {"role": "user", "content": PROMPT}
#: Requests of Converse, and of Amazon Nova.
CONVERSE = {"inferenceConfig": {"maxTokens": MOST_TOKENS}}
CONVERSE_MESSAGE = {"role": "user", "content": [{"text": PROMPT}]}
COMPLETION = {"prompt": PROMPT, "max_tokens": MOST_TOKENS}
CHAT = {"messages": [MESSAGE], "max_tokens": MOST_TOKENS}

#: Model ids, which a profile's geography and an ARN's resource type may stand before -> the request.
FAMILIES: tuple[tuple[re.Pattern[str], Mapping[str, object]], ...] = tuple(
    (re.compile(rf"(?:.*[/.])?(?:{models})"), body)
    for models, body in (
        (r"anthropic\.", CHAT | {"anthropic_version": "bedrock-2023-05-31"}),
        (r"amazon\.nova", {"messages": [CONVERSE_MESSAGE], **CONVERSE}),
        (r"meta\.", {"prompt": PROMPT, "max_gen_len": MOST_TOKENS}),
        (r"cohere\.command-r", {"message": PROMPT, "max_tokens": MOST_TOKENS}),
        (r"mistral\.|deepseek\.r1", COMPLETION),
        (r"ai21\.jamba|deepseek\.v3|moonshot|openai\.|qwen\.|writer\.", CHAT),
    )
)


def words_of(model: str) -> Mapping[str, object] | None:
    """Return the native request of a model, or None when its family is not known.

    >>> words_of("us.meta.llama3-3-70b-instruct-v1:0")
    {'prompt': 'Answer with the word yes.', 'max_gen_len': 64}
    """
    return next((body for pattern, body in FAMILIES if pattern.match(model)), None)
