"""Plans a number of streams at once: the order in which limits break, and what to ask AWS for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .erlang import places_for
from .simulate import Capacity, Gate, ModelTokens, Outcome, Refill, simulate
from .traffic import Arrival

#: Standard deviations of a minute of Poisson arrivals that what is asked for leaves above the mean.
HEADROOM = 3
#: The share of requests that the concurrency that is asked for refuses.
REFUSED = 0.001


@dataclass(frozen=True)
class Workload:
    """The streams of an API.

    :param prompt: tokens of a prompt
    :param answer: tokens of an answer, the mean
    :param silence: seconds until the first of them
    :param per_second: tokens a second
    :param most: ``maxTokens`` of a request
    :param units_of_stream: write units of a whole stream in a ``StreamStore``
    """

    prompt: float
    answer: float
    silence: float
    per_second: float
    most: float
    units_of_stream: float

    @property
    def seconds(self) -> float:
        """The mean length of a stream."""
        return self.silence + self.answer / self.per_second

    def rate(self, streams: float) -> float:
        """Return the requests a second that hold so many streams at once (J. Little, 1961)."""
        return streams / self.seconds

    def applied(self, capacity: Capacity) -> Capacity:
        """Return limits with what a stream of these takes of them."""
        return replace(
            capacity,
            counted=ModelTokens(self.prompt, self.most, self.per_second, self.silence),
            units_of_stream=self.units_of_stream / self.seconds,
        )


def ask(workload: Workload, streams: int, now: Capacity) -> Capacity:
    """Return the limits to have for so many streams at once, none of them below those of now.

    Lambda's scaling rate stays: it cannot be asked for.
    """
    rate = workload.rate(streams)
    a_second = rate + HEADROOM * math.sqrt(rate)
    # what is reserved above the answers of the streams that run has to be there as well
    tokens = workload.prompt + workload.answer
    a_minute = 60 * rate * tokens + HEADROOM * tokens * math.sqrt(60 * rate)
    a_minute += streams * max(0.0, workload.most - workload.answer)
    units = (streams + HEADROOM * math.sqrt(streams)) * workload.units_of_stream / workload.seconds
    stage, account, model = now.stage or Refill(0, 0), now.account or Refill(0, 0), now.tokens or Refill(0, 0)
    minute = max(model.burst, rounded_up(a_minute))
    return replace(
        now,
        stage=_at_least(stage, rounded_up(a_second)),
        account=_at_least(account, rounded_up(a_second)),
        concurrency=max(now.concurrency or 0, rounded_up(places_for(streams, REFUSED))),
        tokens=Refill(minute / 60, minute),
        units=max(now.units or 0.0, rounded_up(units)),
    )


def rounded_up(value: float) -> int:
    """Return the next number with two digits and zeros.

    >>> [rounded_up(value) for value in (0.2, 21, 1044, 68_096)]
    [1, 21, 1100, 69000]
    """
    step = 10 ** max(0, math.floor(math.log10(value)) - 1) if value > 1 else 1
    return math.ceil(value / step) * step


def _at_least(now: Refill, rate: float) -> Refill:
    return now if now.rate >= rate else Refill(rate, max(now.burst, 2 * rate))


@dataclass(frozen=True)
class Break:
    """A limit that refuses, when those before it have been raised.

    :param second: of its first refusal
    :param share: of the requests that it refuses
    """

    gate: Gate
    second: float
    share: float


def order_of_breaking(requests: Sequence[Arrival], now: Capacity, asked: Capacity) -> list[Break]:
    """Return the limits that break, one after the other, each raised to what is asked for before the next."""
    fields = {
        Gate.STAGE: "stage",
        Gate.ACCOUNT: "account",
        Gate.CONCURRENCY: "concurrency",
        Gate.TOKENS: "tokens",
        Gate.TABLE: "units",
    }
    found: list[Break] = []
    capacity = now
    for _ in Gate:
        outcome = simulate(requests, capacity)
        left = {gate: second for gate, second in outcome.first.items() if gate not in {b.gate for b in found}}
        if not left:
            break
        gate = min(left, key=left.__getitem__)
        found.append(Break(gate, left[gate], outcome.share(gate)))
        if gate in fields:
            capacity = replace(capacity, **{fields[gate]: getattr(asked, fields[gate])})
    return found


def carried(limit: Capacity, workload: Workload) -> float | None:
    """Return the streams at once that a limit carries on average, None for one of their growth alone."""
    if limit.stage or limit.account:
        throttle = limit.stage or limit.account
        assert throttle
        return throttle.rate * workload.seconds
    if limit.concurrency is not None:
        return limit.concurrency
    if limit.tokens:
        return limit.tokens.rate / (workload.prompt + workload.answer) * workload.seconds
    if limit.units is not None:
        return limit.units / workload.units_of_stream * workload.seconds
    return None


def settled(outcome: Outcome, after: int) -> float:
    """Return the mean of the streams at once after so many seconds."""
    return sum(outcome.running[after:]) / len(outcome.running[after:])
