"""Pages, and tables in pages, are what the code has."""

from __future__ import annotations

import json
import re
from enum import Enum
from pathlib import Path

import bedrock_iam_docs
import chat_docs
import client_docs
import oracle_docs
import pytest
import rules_docs
import scaling_docs
import tool_docs
from botocore.exceptions import ClientError
from chat.errors import translate
from lambda_streaming import stream
from lambda_streaming._errors import envelope

import cdk_streaming_api
from streaming_api_tools.doctor.checks import MODEL_CHECKS, REQUIREMENTS
from tests.support.packages import PACKAGES

DOCS = Path(__file__).resolve().parents[2] / "docs"
LIBRARY = (DOCS / "lambda-streaming.md").read_text("utf-8")
CONSTRUCTS = (DOCS / "constructs.md").read_text("utf-8")
#: Page -> the script that writes it, and what it would write.
GENERATED = {
    "bedrock-iam.md": ("bedrock_iam_docs.py", bedrock_iam_docs.render),
    "clients.md": ("client_docs.py", client_docs.render),
    "errors.md": ("chat_docs.py", chat_docs.errors_page),
    "formats.md": ("chat_docs.py", chat_docs.formats_page),
    "oracles.md": ("oracle_docs.py", oracle_docs.render),
    "images/scaling.svg": ("scaling_docs.py", scaling_docs.draw),
    "rules.md": ("rules_docs.py", rules_docs.render),
    "scaling.md": ("scaling_docs.py", scaling_docs.render),
}


@pytest.mark.parametrize("page", GENERATED)
def test_generated_page_equals_the_output_of_its_script(page: str) -> None:
    script, render = GENERATED[page]
    assert (DOCS / page).read_text("utf-8") == render(), f"run '.venv/bin/python scripts/{script}'"


@pytest.mark.parametrize("page", tool_docs.PAGES, ids=lambda page: page.stem)
def test_tool_page_has_the_tables_of_the_code(page: Path) -> None:
    text = page.read_text("utf-8")
    assert text == tool_docs.render(text), "run '.venv/bin/python scripts/tool_docs.py'"


def test_tool_pages_have_every_table_once() -> None:
    texts = [page.read_text("utf-8") for page in tool_docs.PAGES]
    for name in tool_docs.tables():
        assert sum(tool_docs.marked(name)[0] in text for text in texts) == 1, name


def test_doctor_docs_have_every_check() -> None:
    text = (DOCS / "doctor.md").read_text("utf-8")
    for check in (*REQUIREMENTS["deploy"], *MODEL_CHECKS):
        assert f"\n| {check.name} | " in text


def test_errors_docs_example_is_an_envelope_of_the_code() -> None:
    (shown,) = re.findall(r"```json\n(.*?)```", chat_docs.ERRORS.read_text("utf-8"), re.DOTALL)
    refused = {"Error": {"Code": "ThrottlingException", "Message": ""}}
    assert json.loads(shown) == envelope(translate(ClientError(refused, "ConverseStream")), "...")


def test_library_docs_versions_are_those_that_the_tests_install() -> None:
    for name in ("powertools", "sentry", "opentelemetry"):
        assert PACKAGES[name][0].replace("==", " ") in LIBRARY


def test_library_docs_defaults_are_those_of_the_decorator() -> None:
    defaults = stream.__kwdefaults__ or {}
    for name in ("grace", "heartbeat", "margin"):
        assert re.search(rf"^\| `{name}` \| {defaults[name]} s \|", LIBRARY, re.MULTILINE)


def test_constructs_docs_contents_have_every_page() -> None:
    for page in DOCS.glob("constructs*.md"):
        assert page.name == "constructs.md" or f"({page.name})" in CONSTRUCTS


def test_constructs_docs_contents_have_every_public_name() -> None:
    for name in cdk_streaming_api.__all__:
        # enumerations are explained where they are given
        if not issubclass(getattr(cdk_streaming_api, name), Enum):
            assert f"`{name}`" in CONSTRUCTS
