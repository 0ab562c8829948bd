from __future__ import annotations

import pytest

from streaming_api_tools.local.application import Route, UnsupportedIntegration
from streaming_api_tools.local.gateway.request.routing import match

NOTHING = UnsupportedIntegration("not called")
ROUTES = tuple(
    Route(method, path, NOTHING)
    for method, path in [
        ("GET", "/"),
        ("POST", "/chat"),
        ("ANY", "/items/{id}"),
        ("DELETE", "/items/{id}"),
        ("GET", "/items/all"),
        ("GET", "/items/{id}/parts/{part}"),
        ("ANY", "/files/{proxy+}"),
        ("GET", "/files/readme"),
        ("ANY", "/{proxy+}"),
    ]
)


@pytest.mark.parametrize(
    ("method", "path", "route", "parameters"),
    [
        ("GET", "/", ("GET", "/"), {}),
        ("GET", "", ("GET", "/"), {}),
        ("POST", "/chat", ("POST", "/chat"), {}),
        ("POST", "/chat/", ("POST", "/chat"), {}),
        ("GET", "/items/all", ("GET", "/items/all"), {}),
        ("GET", "/items/7", ("ANY", "/items/{id}"), {"id": "7"}),
        ("DELETE", "/items/7", ("DELETE", "/items/{id}"), {"id": "7"}),
        ("GET", "/items/a%20b%2Fc", ("ANY", "/items/{id}"), {"id": "a b/c"}),
        ("GET", "/items/7/parts/8", ("GET", "/items/{id}/parts/{part}"), {"id": "7", "part": "8"}),
        ("PUT", "/files/a/b%20c", ("ANY", "/files/{proxy+}"), {"proxy": "a/b c"}),
        ("GET", "/files/readme", ("GET", "/files/readme"), {}),
        ("GET", "/files", ("ANY", "/{proxy+}"), {"proxy": "files"}),
        ("GET", "/else/../where", ("ANY", "/{proxy+}"), {"proxy": "else/../where"}),
        ("GET", "/Chat", ("ANY", "/{proxy+}"), {"proxy": "Chat"}),
    ],
)
def test_routing_most_specific_resource_wins_then_its_method(
    method: str, path: str, route: tuple[str, str], parameters: dict[str, str]
) -> None:
    found = match(ROUTES, method, path)
    assert found is not None
    assert (found[0].method, found[0].path) == route
    assert found[1] == parameters


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/chat"),  # the resource is there, the method is not; a greedy sibling does not step in
        ("POST", "/items/all"),
        ("POST", "/files/readme"),
        ("TRACE", "/items/7"),  # ANY is every method that API Gateway has, and no other
        ("PROPFIND", "/files/a"),
    ],
)
def test_routing_resource_without_the_method_does_not_match(method: str, path: str) -> None:
    assert match(ROUTES, method, path) is None


@pytest.mark.parametrize("path", ["/items/", "/items//parts/8", "/unknown"])
def test_routing_empty_or_unknown_segment_does_not_match(path: str) -> None:
    assert match(ROUTES[:-1], "GET", path) is None
