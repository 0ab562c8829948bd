from __future__ import annotations

from streaming_api_tools.local.gateway.authorizers.ttl_cache import TtlCache


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_ttl_cache_value_is_kept_for_its_ttl_and_can_be_renewed() -> None:
    clock = Clock()
    kept: TtlCache[str, str] = TtlCache(10, clock)
    kept.put("a", "first", 5)
    clock.now = 4.9
    assert kept.get("a") == "first"
    clock.now = 5.0
    assert kept.get("a") is None
    kept.put("a", "second", 5)
    assert kept.get("a") == "second"


def test_ttl_cache_evicts_the_oldest_when_full() -> None:
    kept: TtlCache[int, int] = TtlCache(3, Clock())
    for number in range(3):
        kept.put(number, number, 5)
    kept.put(0, 0, 5)
    kept.put(3, 3, 5)
    assert [kept.get(number) for number in range(4)] == [0, None, 2, 3]
