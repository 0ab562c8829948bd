"""The table of prices against the price map of LiteLLM, in the version that it was copied from."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cdk_streaming_api._bedrock.prices import BedrockPrices, _table

ROOT = Path(__file__).resolve().parents[2]
PINS = ROOT / "tests" / "pins" / "litellm.txt"
FOLDER = ROOT / ".cache" / "oracles-litellm"
MAP = FOLDER / "litellm" / "model_prices_and_context_window_backup.json"
NAMES = (
    "input_cost_per_token",
    "output_cost_per_token",
    "cache_read_input_token_cost",
    "cache_creation_input_token_cost",
    "cache_creation_input_token_cost_above_1hr",
)


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Return LiteLLM's map, of its wheel alone."""
    if not MAP.exists():
        (pin,) = re.findall(r"^litellm==(?:.*\\\n)+.*\n", PINS.read_text("utf-8"), re.MULTILINE)
        requirement = tmp_path_factory.mktemp("pin") / "litellm.txt"
        requirement.write_text(pin, "utf-8")
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:"]
        where = ["--require-hashes", "--target", str(FOLDER), "--requirement", str(requirement)]
        subprocess.run([*pip, *where], check=True)
    found: dict[str, dict[str, Any]] = json.loads(MAP.read_text("utf-8"))
    return found


def test_price_table_is_that_of_litellm(theirs: dict[str, dict[str, Any]]) -> None:
    compared = 0
    for name in _table():
        price = BedrockPrices()._price_of(name)
        assert price is not None
        for tier, ours in price._to_json().items():
            suffix = "" if tier == "default" else f"_{tier}"
            told = [theirs[name].get(f"{each}{suffix}") for each in NAMES]
            expected = [None if each is None else pytest.approx(each * 1e6, rel=1e-4) for each in told]
            while expected[-1] is None:
                expected.pop()
            assert (name, tier, ours) == (name, tier, expected)
            compared += 1
    assert compared > 200
