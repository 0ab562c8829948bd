from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

from streaming_api_tools import client, local

MODULES = [
    module.name
    for package in (client, local)
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
]


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples_in_client_and_local_give_their_output(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS).failed == 0
