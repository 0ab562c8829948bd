"""Hold what a client says of a scenario to what the model did."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.all_clients.clients import SCENARIOS
from tests.all_clients.results import Outcome

#: What clients call the end of an answer that was filtered, and of one that was cut.
FILTERED = {"content_filter", "content_filtered", "content-filter", "refusal", "incomplete: content_filter"}
CUT = {"length", "max_tokens", "incomplete: max_output_tokens"}
#: The stand-in's signature of the reasoning.
THOUGHT = "Let me think. (c3RhbmRpbi1zaWduYXR1cmU=)"
CALLS = [["weather", {"city": "Bonn"}], ["clock", {"city": "Paris"}]]


def text(told: Outcome) -> None:
    """Hold the text."""
    assert told["text"] == "Hello there."


def stream(told: Outcome) -> None:
    """Hold the pieces: they are more than one."""
    assert "".join(told["pieces"]) == "One two three four."
    assert len([each for each in told["pieces"] if each]) > 1


def tools(told: Outcome) -> None:
    """Hold both calls, and the answer, which repeats the results."""
    assert told["calls"] == CALLS
    for each in ("rain in Bonn", "noon in Paris"):
        assert each in told["text"]


def structured(told: Outcome) -> None:
    """Hold the object of each mode to the schema."""
    assert told["modes"]
    for mode, given in told["modes"].items():
        assert isinstance(given, dict), (mode, given)
        assert {name: type(value) for name, value in given.items()} == {"name": str, "population": int}, mode


def image(told: Outcome) -> None:
    """Hold what the model saw."""
    assert told["text"] == f"png of {_size('image')} bytes"


def pdf(told: Outcome) -> None:
    """Hold what the model saw."""
    assert told["text"] == f"pdf of {_size('pdf')} bytes"


def thinking(told: Outcome) -> None:
    """Hold the thinking, and what came back to the model with its signature."""
    assert told["thinking"] == "Let me think."
    assert told["text"] == THOUGHT


def usage(told: Outcome) -> None:
    """Hold the numbers of tokens: the prompt has two words, and one that names the client."""
    assert told["usage"] == [3, 2]


def filtered(told: Outcome) -> None:
    """Hold the reason."""
    assert told["finish"] in FILTERED


def refused(told: Outcome) -> None:
    """Hold the error."""
    assert _error(told)["status"] == 400
    assert "ValidationException was asked for" in told["error"]["message"]


def throttled(told: Outcome) -> None:
    """Hold the error."""
    assert _error(told)["status"] == 429
    assert "the model is throttled" in told["error"]["message"]


def retry(told: Outcome) -> None:
    """Hold the answer to the second attempt."""
    assert told["text"] == "Again."


def failure(told: Outcome) -> None:
    """Hold the error; the APIs of vendors tell no failure of the model from one of the service."""
    said = ("the model failed while it processed the request", "the model service failed")
    assert any(each in _error(told)["message"] for each in said)


def cut(told: Outcome) -> None:
    """Hold the error."""
    assert "the connection to the model broke off" in _error(told)["message"]


def truncation(told: Outcome) -> None:
    """Hold the reason, and the text before it."""
    assert told["text"].strip() == "One two three"
    assert told["finish"] in CUT


EXPECTED: dict[str, Callable[[Outcome], None]] = {name: globals()[name] for name in SCENARIOS}


def hold(scenario: str, told: Outcome) -> None:
    """Hold what a client says to what is expected.

    :raises AssertionError: when it is something else
    """
    if "error" in told and scenario not in ("refused", "throttled", "failure", "cut"):
        raise AssertionError(f"{told['error']['type']}: {told['error']['message']}")
    EXPECTED[scenario](told)


def _error(told: Outcome) -> dict[str, Any]:
    assert "error" in told, told
    error: dict[str, Any] = told["error"]
    return error


def _size(scenario: str) -> int:
    data = str(SCENARIOS[scenario]["base64"])
    return len(data) * 3 // 4 - data.count("=")
