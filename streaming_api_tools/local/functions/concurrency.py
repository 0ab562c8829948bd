"""Count running invocations against the concurrency of functions and of the account, as Lambda does.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ..application import Function

#: "You can reserve up to the Unreserved account concurrency value minus 100" (the page above): so many are
#: always left for the functions that reserve nothing, or all, of an account that has no more.
LEAST_UNRESERVED = 100


#: Message and status of Lambda's ``TooManyRequestsException``.
RATE_EXCEEDED, THROTTLED_STATUS = "Rate Exceeded.", 429


class ThrottledError(Exception):
    """Raised when an invocation is above the concurrency of its function or of the account.

    :param reason: ``Reason`` of Lambda's ``TooManyRequestsException``
    """

    def __init__(self, function: Function, reason: str, limit: int) -> None:
        super().__init__(f"{function.name} is throttled: {reason}, which is {limit}")
        self.reason = reason


class Concurrency:
    """Counts the invocations that run.

    :param functions: all of the account, for what they reserve
    :param account: invocations that may run at the same time. Default: - any number
    """

    def __init__(self, functions: Iterable[Function], account: int | None) -> None:
        reserved = sum(function.reserved_concurrency or 0 for function in functions)
        self._limited = account is not None
        self._unreserved = max((account or 0) - reserved, min(account or 0, LEAST_UNRESERVED))
        self._running: Counter[str | None] = Counter()

    def take(self, function: Function) -> None:
        """Count an invocation that begins.

        :raises ThrottledError: when it may not
        """
        if not self._limited:
            return
        pool, limit, reason = None, self._unreserved, "ConcurrentInvocationLimitExceeded"
        if function.reserved_concurrency is not None:
            pool, limit = function.name, function.reserved_concurrency
            reason = "ReservedFunctionConcurrentInvocationLimitExceeded"
        if self._running[pool] >= limit:
            raise ThrottledError(function, reason, limit)
        self._running[pool] += 1

    def release(self, function: Function) -> None:
        """Count an invocation that ended."""
        if self._limited:
            self._running[None if function.reserved_concurrency is None else function.name] -= 1
