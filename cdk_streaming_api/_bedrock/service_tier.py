"""Name the service tiers of Amazon Bedrock."""

from __future__ import annotations

from enum import Enum


class BedrockServiceTier(Enum):
    """A service tier of Amazon Bedrock: how much a request costs, and how soon it is served.

    Example::

        BedrockFunction(self, "Flex", model=model, service_tier=BedrockServiceTier.FLEX)
    """

    PRIORITY = "priority"
    DEFAULT = "default"
    FLEX = "flex"
    RESERVED = "reserved"
