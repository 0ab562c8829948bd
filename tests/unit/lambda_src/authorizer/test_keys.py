"""The keys: what a secret may look like, and how long it is believed."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from authorizer.keys import CachedKeys, parse


class Secret:
    """A secret, the time, and what was reported."""

    def __init__(self) -> None:
        self.keys: Mapping[str, str] | None = {"alice": "1"}
        self.reads = 0
        self.now = 100.0
        self.reports: list[Exception] = []
        self.cached = CachedKeys(self.read, 60, lambda: self.now, self.reports.append)

    def read(self) -> Mapping[str, str]:
        self.reads += 1
        if self.keys is None:
            raise OSError("no network")
        return self.keys


def test_the_keys_are_read_once_within_their_time_to_live() -> None:
    secret = Secret()
    assert secret.cached.current() == {"alice": "1"}
    secret.keys = {"alice": "2"}
    secret.now += 59
    assert secret.cached.current() == {"alice": "1"}
    assert secret.reads == 1


def test_a_rotated_key_counts_after_the_time_to_live_and_the_old_one_does_not() -> None:
    secret = Secret()
    secret.cached.current()
    secret.keys = {"alice": "2"}
    secret.now += 60
    assert secret.cached.current() == {"alice": "2"}


def test_the_old_keys_bridge_a_failure_that_is_reported_and_tried_again_later() -> None:
    secret = Secret()
    secret.cached.current()
    secret.keys = None
    secret.now += 60
    assert secret.cached.current() == {"alice": "1"}
    assert [str(error) for error in secret.reports] == ["no network"]
    secret.cached.current()
    assert secret.reads == 2


def test_without_any_keys_a_failure_is_a_failure() -> None:
    secret = Secret()
    secret.keys = None
    with pytest.raises(OSError, match="no network"):
        secret.cached.current()


@pytest.mark.parametrize("text", ["", "plain-key", '["a"]', '{"a": 1}', '{"a": ""}', '{"a": {"b": "c"}}'])
def test_fails_on_a_secret_that_is_no_table_of_keys_without_saying_what_is_in_it(text: str) -> None:
    with pytest.raises(ValueError, match="JSON object of client names to keys") as caught:
        parse(text)
    assert "plain-key" not in str(caught.value)
    assert caught.value.__context__ is None or "plain-key" not in str(caught.value.__context__)


def test_a_secret_is_a_table_of_keys() -> None:
    assert parse('{"alice": "1", "bob": "2"}') == {"alice": "1", "bob": "2"}
