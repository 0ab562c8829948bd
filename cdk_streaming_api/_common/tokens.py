"""Read arguments that may hold tokens, which only CloudFormation knows the values of."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable
from typing import Literal

from aws_cdk import Duration

# as the CDK writes them into strings: https://docs.aws.amazon.com/cdk/v2/guide/tokens.html
_TOKEN = re.compile(r"\$\{Token\[[^\]]*\]\}")
_NUMBER_TOKEN = b"\xfb\xff"  # the first bytes of a number that is one
_LIST_TOKEN = "#{Token["  # noqa: S105, the beginning of the only item of a list


def without_tokens(text: str, stand_in: str = "") -> str:
    """Return a text without the tokens in it, whose braces and letters mean nothing.

    :param stand_in: what is in place of each. Default: - nothing
    """
    return _TOKEN.sub(stand_in, text)


def begins_with_token(text: str) -> bool:
    """Return whether only CloudFormation knows the beginning of a text."""
    return _TOKEN.match(text) is not None


def is_number_token(value: float) -> bool:
    """Return whether a number stands for one that only CloudFormation knows, without a round trip to Node."""
    return isinstance(value, float) and struct.pack(">d", value).startswith(_NUMBER_TOKEN)


def check_known(name: str, value: str | None, reason: str) -> None:
    """Refuse a token where the value decides what is synthesized.

    :param name: name of the argument and whose it is, for the message.
    :param reason: what the value is needed for, for the message.
    :raises ValueError: with the reason.
    """
    if value is not None and _TOKEN.search(value):  # without a round trip to Node
        raise ValueError(f"{name} must be known at synth: {reason}, got a token")


def check_list_known(name: str, values: Iterable[object], reason: str) -> None:
    """Refuse a list that is a token as a whole where its items are needed.

    :param name: name of the argument, for the message.
    :param reason: what the items are needed for, for the message.
    :raises ValueError: with the reason.
    """
    if any(isinstance(each, str) and each.startswith(_LIST_TOKEN) for each in values):
        raise ValueError(
            f"{name} must be known at synth: {reason}, got a token; name each of them, which may be a token"
        )


def known_amount(name: str, duration: Duration, unit: Literal["millis", "seconds"]) -> float | None:
    """Return a duration in a unit, or None for a token; refuse what is not whole in the unit that AWS takes.

    :param name: name of the argument and whose it is, for the message.
    :param duration: the duration; one that is known at synth is in any unit.
    :raises ValueError: with the unit.
    """
    if duration.is_unresolved():
        try:
            duration.to_milliseconds() if unit == "millis" else duration.to_seconds()
        except RuntimeError:
            raise ValueError(
                f"{name} is a token, which cannot be converted; give it as Duration.{unit}(...)"
            ) from None
        return None
    milliseconds = duration.to_milliseconds(integral=False)
    amount = milliseconds if unit == "millis" else milliseconds / 1000
    if amount != int(amount):
        whole = "milliseconds" if unit == "millis" else "seconds"
        raise ValueError(f"{name} must be in whole {whole}, got {amount}")
    return amount
