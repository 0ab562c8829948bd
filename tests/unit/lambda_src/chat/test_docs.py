"""docs/errors.md and docs/formats.md are what the code does, and its tables fit together."""

from __future__ import annotations

import json
import re

import botocore.session
import pytest
from botocore.exceptions import ClientError
from chat.converse.request import NAMES
from chat.errors import translate
from chat.formats import anthropic, openai, ui
from chat_docs import ERRORS, FORMATS, errors_page, formats_page
from lambda_streaming._errors import envelope

REASONS = set(
    botocore.session.get_session().get_service_model("bedrock-runtime").shape_for("StopReason").enum
)
ERRORS_TO_CLIENTS = {"malformed_model_output", "malformed_tool_use"}


def test_the_page_of_errors_is_up_to_date() -> None:
    assert ERRORS.read_text("utf-8") == errors_page(), "run '.venv/bin/python scripts/chat_docs.py'"


def test_the_page_of_formats_is_up_to_date() -> None:
    assert FORMATS.read_text("utf-8") == formats_page(), "run '.venv/bin/python scripts/chat_docs.py'"


def test_the_error_on_the_page_is_one_that_clients_get() -> None:
    (shown,) = re.findall(r"```json\n(.*?)```", ERRORS.read_text("utf-8"), re.DOTALL)
    refused = {"Error": {"Code": "ThrottlingException", "Message": ""}}
    assert json.loads(shown) == envelope(translate(ClientError(refused, "ConverseStream")), "...")


@pytest.mark.parametrize(
    "table", [each.response.FINISH_REASONS for each in (openai, ui)], ids=["openai", "ui"]
)
def test_every_stop_reason_of_the_service_model_has_a_word_in_each_format(table: dict[str, str]) -> None:
    assert table.keys() == REASONS - ERRORS_TO_CLIENTS
    assert anthropic.response.STOP_REASONS.keys() <= REASONS


def test_every_member_of_converse_stream_can_be_sent() -> None:
    model = botocore.session.get_session().get_service_model("bedrock-runtime")
    assert set(NAMES) == model.operation_model("ConverseStream").input_shape.members.keys() - {"modelId"}
