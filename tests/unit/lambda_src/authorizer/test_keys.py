"""The keys: what a secret may look like, and how long it is believed."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from authorizer.keys import LONGEST, SHORTEST, CachedKeys, parse

ALICE, BOB = "key-of-alice-0123456789", "key-of-bob-9876543210"
HOUR = 3600.0


class Outage(Exception):
    """Raised when the store of keys is not there for a while."""


class Secret:
    """A secret, the time, and what was reported."""

    def __init__(self, ttl: float = 60, max_stale: float = HOUR) -> None:
        self.keys: Mapping[str, str] | Exception = {"alice": "1"}
        self.reads = 0
        self.now = 100.0
        self.reports: list[Exception] = []
        self.cached = CachedKeys(
            self.read,
            ttl=ttl,
            max_stale=max_stale,
            clock=lambda: self.now,
            is_outage=lambda error: isinstance(error, Outage),
            report=self.reports.append,
        )

    def read(self) -> Mapping[str, str]:
        self.reads += 1
        if isinstance(self.keys, Exception):
            raise self.keys
        return self.keys


def test_cached_keys_are_read_once_within_ttl() -> None:
    secret = Secret()
    assert secret.cached.current() == {"alice": "1"}
    secret.keys = {"alice": "2"}
    secret.now += 59
    assert secret.cached.current() == {"alice": "1"}
    assert secret.reads == 1


def test_cached_keys_rotated_key_replaces_old_one_after_ttl() -> None:
    secret = Secret()
    secret.cached.current()
    secret.keys = {"alice": "2"}
    secret.now += 60
    assert secret.cached.current() == {"alice": "2"}


def test_cached_keys_outage_is_bridged_reported_and_retried_later() -> None:
    secret = Secret()
    secret.cached.current()
    secret.keys = Outage("no network")
    secret.now += 60
    assert secret.cached.current() == {"alice": "1"}
    assert [str(error) for error in secret.reports] == ["no network"]
    secret.cached.current()
    assert secret.reads == 2


@pytest.mark.parametrize(("ttl", "bound"), [(60.0, HOUR), (2 * HOUR, 2 * HOUR)])
def test_cached_keys_outage_longer_than_the_bound_closes(ttl: float, bound: float) -> None:
    secret = Secret(ttl)
    secret.cached.current()
    secret.keys = Outage("no network")
    secret.now += bound - 1
    assert secret.cached.current() == {"alice": "1"}
    secret.now += 1
    with pytest.raises(Outage):
        secret.cached.current()
    secret.keys = {"alice": "2"}
    assert secret.cached.current() == {"alice": "2"}


def test_cached_keys_month_of_outage_stays_closed() -> None:
    secret = Secret()
    secret.cached.current()
    secret.keys = Outage("no network")
    for _ in range(30 * 24):
        secret.now += HOUR
        with pytest.raises(Outage):
            secret.cached.current()


def test_cached_keys_failure_that_is_no_outage_closes_at_once_and_forgets_the_keys() -> None:
    secret = Secret()
    secret.cached.current()
    secret.now += 60
    secret.keys = PermissionError("denied")
    with pytest.raises(PermissionError):
        secret.cached.current()
    # an outage afterwards does not bring back what was revoked
    secret.keys = Outage("no network")
    with pytest.raises(Outage):
        secret.cached.current()
    assert secret.reports == []


def test_cached_keys_clock_that_goes_back_reads_again() -> None:
    secret = Secret()
    secret.cached.current()
    secret.now -= HOUR
    secret.keys = {"alice": "2"}
    assert secret.cached.current() == {"alice": "2"}


def test_cached_keys_failure_without_any_keys_raises() -> None:
    secret = Secret()
    secret.keys = Outage("no network")
    with pytest.raises(Outage, match="no network"):
        secret.cached.current()


@pytest.mark.parametrize("text", ["", "plain-key", '["a"]', '{"a": 1}', '{"a": {"b": "c"}}', "[" * 100_000])
def test_parse_keys_malformed_secret_is_refused_without_its_content(text: str) -> None:
    with pytest.raises(ValueError, match="must be") as caught:
        parse(text)
    assert "plain-key" not in str(caught.value)
    assert caught.value.__context__ is None or "plain-key" not in str(caught.value.__context__)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"alice": ""}, f"key of client 'alice' must have {SHORTEST} to {LONGEST} characters, got 0"),
        ({"alice": ALICE, "bob": "b" * 19}, "key of client 'bob' must have 20 to 128 characters, got 19"),
        ({"bob": "b" * 129}, "key of client 'bob' must have 20 to 128 characters, got 129"),
        ({"alice": f"{ALICE}\n"}, "key of client 'alice' must not begin or end with a blank or a line end"),
        ({"alice": f" {ALICE}"}, "key of client 'alice' must not begin or end with a blank or a line end"),
        ({"alice": f"{ALICE}\r\n"}, "key of client 'alice' must not begin or end with a blank"),
        ({"alice": f"{ALICE}\t{ALICE}"}, "key of client 'alice' must consist of printable characters"),
        ({"alice": f"{ALICE}\ud800"}, "key of client 'alice' must consist of printable characters"),
        ({"alice": f"{ALICE}\0"}, "key of client 'alice' must consist of printable characters"),
        ({"alice": ALICE, "bob": ALICE}, "clients 'alice' and 'bob' must not have the same key"),
        ({"": ALICE}, "name of a client must be printable and not empty, got ''"),
        ({"a\ud800": ALICE}, r"name of a client must be printable and not empty, got 'a\ud800'"),
        ({"alice": 7}, "key of client 'alice' must be a string"),
    ],
)
def test_parse_keys_unusable_key_is_refused_with_client_name(keys: object, message: str) -> None:
    with pytest.raises(ValueError, match="client") as caught:
        parse(json.dumps(keys))
    assert message in str(caught.value)
    assert ALICE not in str(caught.value)


def test_parse_keys_duplicate_client_is_refused_with_its_name() -> None:
    with pytest.raises(ValueError, match="client 'alice' is in the secret twice"):
        parse(f'{{"alice": "{ALICE}", "alice": "{BOB}"}}')


def test_parse_keys_returns_table_of_clients_and_keys() -> None:
    assert parse(json.dumps({"alice": ALICE, "bob": BOB})) == {"alice": ALICE, "bob": BOB}
