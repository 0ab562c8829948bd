"""Write the errors and the headers by which a client learns of its budget."""

from __future__ import annotations

from lambda_streaming import HTTPError

from ..header_names import ANTHROPIC_TOKENS_LEFT, SPENT, TOKENS_LEFT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .counters import Gauge

#: The code where the table does not answer, and the deployment says that nobody is let through then.
UNAVAILABLE = "budget_unavailable"
_NOT_AGAIN = {"x-should-retry": "false"}
_WHOSE = {"caller": "of this caller", "model": "of this model", "all": "of this API"}


def remaining(tokens: int) -> dict[str, str]:
    """Return the headers that tell how many tokens are left.

    "Rate limits", OpenAI's and Anthropic's API documentation.
    """
    return {TOKENS_LEFT: str(tokens), ANTHROPIC_TOKENS_LEFT: str(tokens)}


def over_budget(gauge: Gauge, now: float) -> HTTPError:
    """Return the error for a request of which a limit is reached.

    :param gauge: of the limits that are reached, the one that begins anew last
    :param now: seconds since the epoch
    """
    limit = gauge.limit
    seconds = max(1, int(gauge.reset - now) + 1)
    headers = {**_NOT_AGAIN, "retry-after": str(seconds), **remaining(0)}
    message = f"the {limit.period}'s budget {_WHOSE[limit.scope]} is spent; it begins anew in {seconds} s"
    return HTTPError(429, message, code=SPENT, headers=headers)


def unavailable() -> HTTPError:
    """Return the error for a request whose budget nobody can tell."""
    headers = {**_NOT_AGAIN, "retry-after": "1"}
    return HTTPError(503, "the budget cannot be told; try again later", code=UNAVAILABLE, headers=headers)
