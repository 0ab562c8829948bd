# /// client
# title = "langchain-openai, ChatOpenAI with Responses"
# package = "langchain-openai"
# environments = ["langchain"]
# function = "nova"
# ///
"""Drive ChatOpenAI at Responses."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

from driving import LIMIT, MODEL, PDF, PNG, URL
from lang_chain import drive
from langchain_openai import ChatOpenAI

SETTINGS = {"base_url": f"{URL}/v1", "api_key": "key", "model": MODEL, "use_responses_api": True}
drive(
    ChatOpenAI(**SETTINGS),
    ChatOpenAI(**SETTINGS, max_tokens=LIMIT),
    ("json_schema", "function_calling", "json_mode"),
    {
        "image": {"type": "image", "base64": PNG, "mime_type": "image/png"},
        "pdf": {"type": "file", "base64": PDF, "mime_type": "application/pdf", "filename": "a.pdf"},
    },
)
