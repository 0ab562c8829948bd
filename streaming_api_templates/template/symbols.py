"""Write references that only a deployment resolves as texts, which no rule takes for a value."""

from __future__ import annotations

import re

from .lenient_json import Json

_NOT_A_WORD = re.compile(r"\W")
_ENCODED = re.compile("%([0-9a-f]{1,5})%")
#: A colon would end a field of the ARN that it is in.
PSEUDO_PARAMETERS = {
    f"AWS::{name}": f"${{AWS.{name}}}"
    for name in ("AccountId", "NotificationARNs", "Partition", "Region", "StackId", "StackName", "URLSuffix")
}


def encoded(name: str) -> str:
    """Return a name as it stands in a reference: what is no letter, digit or underscore by its number.

    >>> encoded("Api/chat")
    'Api%2f%chat'
    """
    return _NOT_A_WORD.sub(lambda found: f"%{ord(found[0]):x}%", name)


def decoded(name: str) -> str:
    """Return what :func:`encoded` was given."""
    return _ENCODED.sub(lambda found: chr(int(found[1], 16)), name)


def display(value: Json) -> str:
    """Return a value as a message shows it: references by logical id alone.

    >>> display("${0#Api%2f%chat.Arn} of ${AWS.Region}")
    '${Api/chat.Arn} of ${AWS::Region}'
    """
    shown = re.sub(r"\$\{\d+#", "${", value if isinstance(value, str) else str(value))
    return decoded(shown).replace("${AWS.", "${AWS::")
