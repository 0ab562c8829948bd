# /// client
# title = "langchain-anthropic, ChatAnthropic"
# package = "langchain-anthropic"
# environments = ["langchain"]
# function = "claude"
# ///
"""Drive ChatAnthropic."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

from driving import LIMIT, MODEL, PDF, PNG, URL
from lang_chain import drive
from langchain_anthropic import ChatAnthropic

SETTINGS = {"base_url": URL, "api_key": "key", "model": MODEL}
drive(
    ChatAnthropic(**SETTINGS),
    ChatAnthropic(**SETTINGS, max_tokens=LIMIT),
    ("json_schema", "function_calling"),
    {
        "image": {"type": "image", "base64": PNG, "mime_type": "image/png"},
        "pdf": {"type": "file", "base64": PDF, "mime_type": "application/pdf"},
    },
)
