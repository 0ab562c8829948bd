"""Read arguments that may hold tokens, which only CloudFormation knows the values of."""

from __future__ import annotations

import re
from typing import Literal

from aws_cdk import Duration

# as the CDK writes them into strings: https://docs.aws.amazon.com/cdk/v2/guide/tokens.html
_TOKEN = re.compile(r"\$\{Token\[[^\]]*\]\}")


def without_tokens(text: str) -> str:
    """Return a text without the tokens in it, whose braces and letters mean nothing."""
    return _TOKEN.sub("", text)


def begins_with_token(text: str) -> bool:
    """Return whether only CloudFormation knows the beginning of a text."""
    return _TOKEN.match(text) is not None


def check_known(name: str, value: str | None, reason: str) -> None:
    """Refuse a token where the value decides what is synthesized.

    :param name: name of the argument and whose it is, for the message.
    :param reason: what the value is needed for, for the message.
    :raises ValueError: with the reason.
    """
    if value is not None and _TOKEN.search(value):  # without a round trip to Node
        raise ValueError(f"{name} must be known at synth: {reason}, got a token")


def check_unit(name: str, duration: Duration, unit: Literal["millis", "seconds"]) -> bool:
    """Return whether a duration is a token; refuse one in another unit than AWS takes.

    :param name: name of the argument and whose it is, for the message.
    :param duration: the duration; one that is known at synth is in any unit.
    :raises ValueError: with the unit.
    """
    if not duration.is_unresolved():
        return False
    try:
        duration.to_milliseconds() if unit == "millis" else duration.to_seconds()
    except RuntimeError:
        raise ValueError(
            f"{name} is a token, which cannot be converted; give it as Duration.{unit}(...)"
        ) from None
    return True
