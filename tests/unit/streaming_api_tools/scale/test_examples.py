"""Run the examples of the docstrings."""

from __future__ import annotations

import doctest
import importlib

import pytest


@pytest.mark.parametrize("name", ["erlang", "plan", "simulate", "traffic"])
def test_scale_examples_print_what_they_show(name: str) -> None:
    result = doctest.testmod(importlib.import_module(f"streaming_api_tools.scale.{name}"))
    assert result.attempted > 0
    assert result.failed == 0
