# /// client
# title = "LiteLLM, `bedrock/`"
# package = "litellm"
# environments = ["litellm"]
# function = "claude"
# [fails]
# retry = "`num_retries` needs the package tenacity, which LiteLLM does not install"
# ///
"""Drive LiteLLM with its provider bedrock."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

from driving import URL
from litellm_provider import drive

drive("bedrock", api_base=URL, aws_region_name="us-east-1")
