"""Name the metrics that are read from the records of usage of the bundled chat function."""

from __future__ import annotations

from enum import Enum

from aws_cdk import Fn, Token

from .invoked_model import NAMED_BY_ID
from .model import BedrockModel


class BedrockUsageMetric(Enum):
    """A metric of the records of usage, by API and model.

    Each value is the name of the metric in CloudWatch, and the statistic that it is read with::

        chat = BedrockFunction(self, "Chat", model=model)
        cost = chat.metric_usage(BedrockUsageMetric.ESTIMATED_COST, api=api.rest_api)
    """

    #: tokens of requests, without those of caches
    INPUT_TOKENS = ("InputTokens", "Sum")
    #: tokens of answers, those of reasoning among them
    OUTPUT_TOKENS = ("OutputTokens", "Sum")
    #: tokens of requests that were read from a cache
    CACHED_TOKENS = ("CachedTokens", "Sum")
    #: milliseconds from the request to the model's first token
    TIME_TO_FIRST_TOKEN = ("TimeToFirstToken", "p90")
    #: tokens of an answer for each second from its first to its last
    OUTPUT_TOKENS_PER_SECOND = ("OutputTokensPerSecond", "Average")
    #: USD, as far as prices are known
    ESTIMATED_COST = ("EstimatedCost", "Sum")
    #: requests that ended in an error, those that were refused among them
    ERRORS = ("Errors", "Sum")


def name_in_metrics(model: BedrockModel) -> str:
    """Return the id of a model; what has an ARN of its own reports under the id in it."""
    a_token = Token.is_unresolved(model.model_id) and "/" not in model.model_id
    if a_token and model.kind not in NAMED_BY_ID:
        return Fn.select(1, Fn.split("/", model.model_id))
    return model.model_id.rpartition("/")[2]
