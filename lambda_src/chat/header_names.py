"""Name the response headers of our own, and those that the SDKs read of a response, in a page as well."""

from __future__ import annotations

#: Names the members of the request that had no effect.
IGNORED = "x-streaming-api-ignored"
#: Names the number of a response that was not counted.
ESTIMATED = "x-streaming-api-estimated"
#: Tell how many tokens are left of a budget, under the names that OpenAI and Anthropic use.
TOKENS_LEFT = "x-ratelimit-remaining-tokens"
ANTHROPIC_TOKENS_LEFT = "anthropic-ratelimit-tokens-remaining"
#: What pages may read: the Fetch standard, "CORS protocol".
EXPOSED = (
    f"{ANTHROPIC_TOKENS_LEFT}, request-id, retry-after, {TOKENS_LEFT}, {ESTIMATED}, {IGNORED}, x-request-id, "
    "x-should-retry, x-stream-id"
)
#: OpenAI's code for an account that has spent what it may: "Error codes", OpenAI's API documentation.
SPENT = "insufficient_quota"
