"""Replace ``$context`` variables in gateway responses and access logs.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

VARIABLE = re.compile(r"\$(?:context\.([A-Za-z]\w*(?:\.[A-Za-z]\w*)*)|\{context\.([\w.]+)\})")
#: "The quoted value of $context.error.message": the one that brings its quotes.
QUOTED = "error.messageString"
#: What API Gateway writes for a variable that has no value.
NO_VALUE = "-"


def variables(context: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    """Return nested values by their dotted names.

    >>> variables({"identity": {"sourceIp": "127.0.0.1", "user": None}, "status": 200})
    {'identity.sourceIp': '127.0.0.1', 'status': '200'}
    """
    return dict(_flatten(context, prefix))


def _flatten(context: Mapping[str, object], prefix: str) -> Iterator[tuple[str, str]]:
    for name, value in context.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{name}.")
        elif value is not None:
            yield f"{prefix}{name}", str(value)


def render(text: str, values: Mapping[str, str]) -> str:
    """Return ``text`` with its variables replaced by their values."""
    return VARIABLE.sub(lambda found: values.get(found[1] or found[2], NO_VALUE), text)


def render_log_line(text: str, values: Mapping[str, str]) -> str:
    """Return one line, in which no value can break out of the quotes of a JSON format.

    >>> render_log_line('{"a":"$context.a","m":$context.error.messageString}', {"a": "b", QUOTED: '"c"'})
    '{"a":"b","m":"c"}'
    """
    escaped = {name: value if name == QUOTED else json.dumps(value)[1:-1] for name, value in values.items()}
    return " ".join(render(text, escaped).splitlines())
