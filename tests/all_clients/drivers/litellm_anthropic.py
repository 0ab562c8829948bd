# /// client
# title = "LiteLLM, `anthropic/`"
# package = "litellm"
# environments = ["litellm"]
# function = "claude"
# [fails]
# retry = "`num_retries` needs the package tenacity, which LiteLLM does not install"
# ///
"""Drive LiteLLM with its provider anthropic."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

from driving import URL
from litellm_provider import drive

drive("anthropic", api_base=URL, api_key="key")
