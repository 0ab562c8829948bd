"""The keys of an issuer: how long they are kept, and how often they are asked for."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from jwt_authorizer.keys import CachedKeys, UnavailableError
from jwt_authorizer.signature import RsaKey

OLD, NEW = RsaKey(1, 3), RsaKey(2, 3)


class Issuer:
    """An issuer, the time, and what was reported."""

    def __init__(self) -> None:
        self.keys: Mapping[str, RsaKey] | Exception = {"old": OLD}
        self.reads = 0
        self.now = 100.0
        self.reports: list[Exception] = []
        self.cached = CachedKeys(self.read, clock=lambda: self.now, report=self.reports.append)

    def read(self) -> Mapping[str, RsaKey]:
        self.reads += 1
        if isinstance(self.keys, Exception):
            raise self.keys
        return self.keys


def test_keys_are_read_once_within_half_an_hour() -> None:
    issuer = Issuer()
    assert issuer.cached.find("old") == OLD
    issuer.now += 1799
    assert issuer.cached.find("old") == OLD
    assert issuer.reads == 1
    issuer.now += 1
    assert issuer.cached.find("old") == OLD
    assert issuer.reads == 2


def test_keys_unknown_id_asks_again_at_most_once_a_minute() -> None:
    issuer = Issuer()
    assert issuer.cached.find("new") is None
    assert issuer.reads == 1
    issuer.keys = {"new": NEW}
    issuer.now += 59
    assert issuer.cached.find("new") is None
    assert issuer.reads == 1
    issuer.now += 1
    assert issuer.cached.find("new") == NEW
    assert issuer.cached.find("old") is None
    assert issuer.cached.find("stranger") is None
    assert issuer.reads == 2


def test_keys_unknown_ids_of_many_requests_are_one_read_a_minute() -> None:
    issuer = Issuer()
    for number in range(600):
        issuer.cached.find(f"stranger {number}")
        issuer.now += 1
    assert issuer.reads == 10


def test_keys_taken_back_verify_nothing_after_an_hour_at_most() -> None:
    issuer = Issuer()
    issuer.cached.find("old")
    issuer.keys = OSError("no route to host")
    issuer.now += 3599
    assert issuer.cached.find("old") == OLD
    assert [str(report) for report in issuer.reports] == ["no route to host"]
    issuer.now += 1
    # the attempt of a second ago counts
    with pytest.raises(UnavailableError, match="could not be read a moment ago"):
        issuer.cached.find("old")
    issuer.now += 5
    with pytest.raises(UnavailableError, match="cannot be read: no route to host"):
        issuer.cached.find("old")


def test_keys_unknown_id_during_an_outage_is_unknown_and_the_others_stay() -> None:
    issuer = Issuer()
    issuer.cached.find("old")
    issuer.keys = OSError("no route to host")
    issuer.now += 60
    assert issuer.cached.find("new") is None
    assert issuer.cached.find("old") == OLD
    assert (issuer.reads, len(issuer.reports)) == (2, 1)


def test_keys_outage_puts_refreshing_off_by_a_minute() -> None:
    issuer = Issuer()
    issuer.cached.find("old")
    issuer.keys = ValueError("no key set")
    issuer.now += 1800
    for _ in range(59):
        issuer.cached.find("old")
        issuer.now += 1
    assert issuer.reads == 2
    issuer.keys = {"old": NEW}
    issuer.now += 1
    assert issuer.cached.find("old") == NEW


def test_keys_unreachable_from_the_start_let_nobody_in_until_they_are_there() -> None:
    issuer = Issuer()
    issuer.keys = OSError("no route to host")
    for _ in range(3):
        with pytest.raises(UnavailableError):
            issuer.cached.find("old")
    assert issuer.reads == 1
    issuer.keys = {"old": OLD}
    issuer.now += 5
    assert issuer.cached.find("old") == OLD


def test_keys_clock_that_goes_back_reads_them_again() -> None:
    issuer = Issuer()
    issuer.cached.find("old")
    issuer.now -= 50
    assert issuer.cached.find("old") == OLD
    assert issuer.reads == 2


def test_keys_other_error_is_not_taken_for_an_outage() -> None:
    issuer = Issuer()
    issuer.cached.find("old")
    issuer.keys = KeyError("a mistake of ours")
    issuer.now += 1800
    with pytest.raises(KeyError):
        issuer.cached.find("old")
