"""Where the library meets AWS's runtime loop (awslambdaric).

The loop stays in charge: logging, X-Ray, initialization errors, SnapStart and its own error reports work as
without the library. Three methods of its client are wrapped: one to learn which invocation runs, two so that
an answered invocation is not answered again. They are the same in every awslambdaric since 1.0.0.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    class Request(Protocol):
        """What awslambdaric makes of the headers of ``/next``."""

        invoke_id: str


_MODULE = "awslambdaric.lambda_runtime_client"
# The base class exists since 4.0, where the client of multi-concurrent functions is another subclass of it.
_CLASSES = ("BaseLambdaRuntimeClient", "LambdaRuntimeClient")

_VARIABLE_ARGUMENTS = 0x04  # inspect.CO_VARARGS


class Invocation:
    """An invocation as the Runtime API announced it.

    :param invoke_id: value of the header ``Lambda-Runtime-Aws-Request-Id``
    :param invocation_id: value of ``Lambda-Runtime-Invocation-Id``, which is echoed. Default: - there was
        none
    """

    __slots__ = ("answered", "invocation_id", "invoke_id")

    def __init__(self, invoke_id: str, invocation_id: str | None = None) -> None:
        self.invoke_id = invoke_id
        self.invocation_id = invocation_id
        self.answered = False


_current: Invocation | None = None


def current() -> Invocation | None:
    """Return the invocation that runs in this process: a process of Lambda runs one at a time."""
    return _current


def begin(invocation: Invocation) -> None:
    """Note that an invocation begins."""
    global _current
    _current = invocation


def install() -> bool:
    """Wrap the client of the runtime loop that runs in this process; tell whether that was possible."""
    module = sys.modules.get(_MODULE)
    client = next((found for name in _CLASSES if (found := getattr(module, name, None))), None)
    if client is None or not _is_known(client):
        return False
    client.wait_next_invocation = _noting(client.wait_next_invocation)
    client.post_invocation_result = _unless_answered(client.post_invocation_result)
    client.post_invocation_error = _unless_answered(client.post_invocation_error)
    return True


def _is_known(client: type) -> bool:
    wait = getattr(client, "wait_next_invocation", None)
    posts = [getattr(client, name, None) for name in ("post_invocation_result", "post_invocation_error")]
    return callable(wait) and all(callable(post) and _takes_invoke_id(post) for post in posts)


def _takes_invoke_id(post: object) -> bool:
    """Tell whether the method is still about one invocation; Sentry's SDK makes it take any arguments."""
    code = getattr(post, "__code__", None)
    return code is None or code.co_flags & _VARIABLE_ARGUMENTS or code.co_varnames[1:2] == ("invoke_id",)


def _noting(wait_next_invocation: Callable[[object], Request]) -> Callable[[object], Request]:
    def noting(client: object) -> Request:
        request = wait_next_invocation(client)
        begin(Invocation(request.invoke_id, getattr(request, "invocation_id", None)))
        return request

    return noting


def _unless_answered(post: Callable[..., object]) -> Callable[..., object]:
    def unless_answered(client: object, invoke_id: str, *args: object, **kwargs: object) -> object:
        if _current and _current.answered and _current.invoke_id == invoke_id:
            return None
        return post(client, invoke_id, *args, **kwargs)

    return unless_answered
