"""Check HTTP methods by what API Gateway takes."""

from __future__ import annotations

from .._common.tokens import check_known

# https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-method-settings-setup-method.html
EVERY_VERB = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")


def check_verb(name: str, verb: str) -> None:
    """Refuse an HTTP method that API Gateway does not have, or that is written in another case.

    :param name: name of the argument and whose it is, for the message.
    :raises ValueError: with the methods, or with the one that is probably meant.
    """
    check_known(name, verb, "it is in ids of constructs")
    if verb not in (*EVERY_VERB, "ANY"):
        meant = f"write '{verb.upper()}'" if verb.upper() in (*EVERY_VERB, "ANY") else ""
        raise ValueError(
            f"{name} must be one of {', '.join(EVERY_VERB)} and ANY, got '{verb}'{meant and '; '}{meant}"
        )
