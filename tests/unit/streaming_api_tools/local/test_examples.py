from __future__ import annotations

import doctest
import importlib
import pkgutil

import streaming_api_tools.local as package


def test_every_example_in_a_docstring_does_what_it_says() -> None:
    attempted = 0
    for module in pkgutil.iter_modules(package.__path__):
        result = doctest.testmod(
            importlib.import_module(f"{package.__name__}.{module.name}"), optionflags=doctest.ELLIPSIS
        )
        assert result.failed == 0
        attempted += result.attempted
    assert attempted > 0
