"""Keep AWS's runtime loop (awslambdaric) from answering an invocation that is already answered.

This runs in every managed runtime whose awslambdaric has the classes and functions named below, as all have
had since 1.0. The loop stays in charge: logging, X-Ray, initialization errors, SnapStart and its own error
reports work as without the library. Its client calls the Runtime API through three functions of a C module,
which are replaced: one to learn which invocation runs, two so that an answered invocation is not answered
again. This is below the methods of the client, which Sentry's SDK wraps to send off its reports.
:mod:`_own_runtime_loop` runs instead if a new awslambdaric does not have them.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


_MODULE = "awslambdaric.lambda_runtime_client"
_CLASS = "LambdaRuntimeClient"
_METHODS = ("wait_next_invocation", "post_invocation_result", "post_invocation_error")
_FUNCTIONS = ("next", "post_invocation_result", "post_error")


class Invocation:
    """An invocation as the Runtime API announced it.

    :param invoke_id: value of the header ``Lambda-Runtime-Aws-Request-Id``
    :param invocation_id: value of ``Lambda-Runtime-Invocation-Id``, which is echoed. Default: - none
    """

    __slots__ = (
        *("answered", "answering", "at_end", "cancelled", "invocation_id", "invoke_id"),
        *("keep_now", "stream_id"),
    )

    def __init__(self, invoke_id: str, invocation_id: str | None = None) -> None:
        self.invoke_id = invoke_id
        self.invocation_id = invocation_id
        # True while a handler produces its response, and from its first byte on.
        self.answering = False
        self.answered = False
        self.cancelled: Callable[[], bool] | None = None
        # Called once each, with the error that ended the response.
        self.at_end: list[Callable[[BaseException | None], object]] = []
        self.stream_id: str | None = None
        # Has a store keep what was sent at once.
        self.keep_now: Callable[[], None] | None = None

    def ended(self, error: BaseException | None) -> None:
        """Tell those who wait for the end of the response; one that fails is only logged."""
        while self.at_end:
            try:
                self.at_end.pop()(error)
            except Exception:
                import logging  # only a failure pays for it

                logging.getLogger().exception("a function that waits for the end of the response failed")


_current: Invocation | None = None


def current() -> Invocation | None:
    """Return the invocation that runs in this process: a process of Lambda runs one at a time."""
    return _current


def begin(invocation: Invocation) -> None:
    """Note that an invocation begins."""
    global _current
    _current = invocation


def install() -> bool:
    """Put the library between the runtime loop of this process and the Runtime API.

    :returns: whether the loop is one that the library knows
    """
    module = sys.modules.get(_MODULE)
    client = getattr(module, "runtime_client", None)
    if not _has(getattr(module, _CLASS, None), _METHODS) or not _has(client, _FUNCTIONS):
        return False
    vars(module)["runtime_client"] = _GuardedClient(client)
    return True


def _has(owner: object, names: tuple[str, ...]) -> bool:
    return all(callable(getattr(owner, name, None)) for name in names)


class _GuardedClient:
    """The C module ``runtime_client``, as the loop sees it from now on."""

    def __init__(self, client: Any) -> None:  # noqa: ANN401 - a module
        self._client = client

    def next(self) -> tuple[bytes, Mapping[str, str]]:
        answer: tuple[bytes, Mapping[str, str]] = self._client.next()
        headers = answer[1]
        begin(
            Invocation(headers["Lambda-Runtime-Aws-Request-Id"], headers.get("Lambda-Runtime-Invocation-Id"))
        )
        return answer

    def post_invocation_result(self, invoke_id: str, /, *rest: object) -> None:
        if not _is_answered(invoke_id):
            self._client.post_invocation_result(invoke_id, *rest)

    def post_error(self, invoke_id: str, /, *rest: object) -> None:
        if not _is_answered(invoke_id):
            self._client.post_error(invoke_id, *rest)


def _is_answered(invoke_id: str) -> bool:
    return _current is not None and _current.answered and _current.invoke_id == invoke_id
