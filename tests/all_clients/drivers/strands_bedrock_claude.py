# /// client
# title = "Strands, BedrockModel with Claude"
# package = "strands-agents"
# environments = ["strands"]
# slow = true
# function = "claude"
# [without]
# filtered = "an agent raises no reason of the model for it"
# ///
"""Drive an agent of Strands with its model for Bedrock, and Claude."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

import strands_bedrock  # noqa: F401
