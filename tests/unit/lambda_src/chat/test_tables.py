"""The tables of the chat function have all that the service model of Bedrock has."""

from __future__ import annotations

import botocore.session
import pytest
from chat.converse.request import NAMES
from chat.formats.anthropic import response as anthropic_response
from chat.formats.openai import response as openai_response
from chat.formats.responses import response as responses_response
from chat.formats.ui import response as ui_response

REASONS = set(
    botocore.session.get_session().get_service_model("bedrock-runtime").shape_for("StopReason").enum
)
ERRORS_TO_CLIENTS = {"malformed_model_output", "malformed_tool_use"}


@pytest.mark.parametrize(
    "table",
    [openai_response.FINISH_REASONS, responses_response.STOP_REASONS, ui_response.FINISH_REASONS],
    ids=["openai", "responses", "ui"],
)
def test_chat_formats_have_every_stop_reason_of_service_model(table: dict[str, str | None]) -> None:
    assert table.keys() == REASONS - ERRORS_TO_CLIENTS
    assert anthropic_response.STOP_REASONS.keys() <= REASONS


def test_chat_formats_every_converse_stream_member_can_be_sent() -> None:
    model = botocore.session.get_session().get_service_model("bedrock-runtime")
    assert set(NAMES) == model.operation_model("ConverseStream").input_shape.members.keys() - {"modelId"}
