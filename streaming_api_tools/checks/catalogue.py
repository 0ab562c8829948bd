"""Lists the checks with their cost, and runs them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from botocore.exceptions import BotoCoreError, ClientError

from streaming_api_templates.plural import times

from . import account, browser, errors, kept, model, stream
from . import cold_start as start
from .context import CheckContext, NotApplicable
from .native_requests import MOST_TOKENS
from .result import ERROR, SKIPPED, CheckResult


@dataclass(frozen=True)
class Check:
    """One check.

    :param seconds: how long it takes, about
    :param invocations: of the probe function, at most
    :param model_requests: requests that a model answers, and that are charged for
    """

    make: Callable[[CheckContext], CheckResult]
    about: str
    seconds: int
    invocations: int
    model_requests: int = 0


CHECKS: Mapping[str, Check] = {
    "duration": Check(stream.duration, "a stream of more than 29 s", 40, 1),
    "idle": Check(stream.idle, "silences of 20, 31 and 60 s", 115, 3),
    "size": Check(stream.size, "24 MB, and where the rate falls", 30, 1),
    "utf8": Check(stream.utf8, "characters that are cut between two writes", 1, 1),
    "errors": Check(errors.errors, "the status and the form of every error", 5, 6),
    "cors": Check(errors.cors, "whether a page may read answers and errors", 5, 4),
    "browser": Check(browser.browser, "whether a browser gets it as the plain client does", 10, 6),
    "resume": Check(kept.resume, "whether a client that was cut gets the rest of a kept stream", 10, 1),
    "cancel": Check(kept.cancel, "whether a cancel stops the function of a kept stream", 5, 1),
    "direct": Check(account.direct, "the function without the API", 5, 2),
    "cold": Check(start.cold, "the first byte with and without a cold start", 5, start.AT_ONCE + start.LATER),
    "stage": Check(account.stage, "whether the stage was deployed since the last change", 2, 0),
    "access-log": Check(account.access_log, "what API Gateway logged of a streamed request", 60, 1),
    "formats": Check(model.formats, "every wire format of the chat route", 20, 0, model.REQUESTS),
}


def parse_names(text: str) -> tuple[str, ...]:
    """Return the names in a list that is separated by commas; ``all`` is every one.

    >>> parse_names("utf8,size")
    ('utf8', 'size')

    :raises ValueError: for an unknown name
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    if names == ["all"]:
        return tuple(CHECKS)
    if unknown := [name for name in names if name not in CHECKS]:
        raise ValueError(f"{unknown[0]!r} is not a check; the checks are {', '.join(CHECKS)}")
    return tuple(dict.fromkeys(names))


def bounds(names: Sequence[str], most_model_requests: int) -> str:
    """Return the largest cost of the checks, to be printed before the first of them runs."""
    made = [CHECKS[name] for name in names if CHECKS[name].model_requests <= most_model_requests]
    seconds, invocations = sum(each.seconds for each in made), sum(each.invocations for each in made)
    requests = sum(each.model_requests for each in made)
    return (
        f"the checks take about {seconds} s, invoke the probe function at most {times(invocations)} and ask a"
        f" model {times(requests)}" + (f", for at most {MOST_TOKENS} tokens each" if requests else "")
    )


def make_checks(
    names: Sequence[str], context: CheckContext, most_model_requests: int
) -> Iterator[CheckResult]:
    """Run the checks in order and yield the result of each.

    :param most_model_requests: model requests that all checks together may make
    """
    left = most_model_requests
    for name in names:
        check = CHECKS[name]
        if check.model_requests > left:
            needed = f"asks a model {times(check.model_requests)}: pass --max-model-requests"
            yield CheckResult(name, SKIPPED, needed)
            continue
        left -= check.model_requests
        begun = time.monotonic()
        yield replace(_result(name, context), seconds=time.monotonic() - begun)


def _result(name: str, context: CheckContext) -> CheckResult:
    try:
        return CHECKS[name].make(context)
    except NotApplicable as reason:
        return CheckResult(name, SKIPPED, str(reason))
    except (BotoCoreError, ClientError) as failure:
        return CheckResult(name, ERROR, " ".join(str(failure).split()))
