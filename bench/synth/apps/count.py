"""Count the round trips between Python and Node of an app: ``python -m bench.synth.apps.count ours``.

Prints a JSON object: what was asked for, and how often.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from importlib import import_module
from typing import Any

from jsii._kernel.providers import process


def main() -> None:
    """Run the app and print what it asked Node for."""
    asked: Counter[str] = Counter()
    node: Any = process._NodeProcess
    send = node.send

    def counting(self: object, request: object, response_type: object) -> object:
        asked[_name(request)] += 1
        return send(self, request, response_type)

    node.send = counting
    import_module(f"bench.synth.apps.{sys.argv[1]}").main()
    print(json.dumps(asked))


def _name(request: object) -> str:
    kind = type(request).__name__.removesuffix("Request")
    of = next(
        (getattr(request, name) for name in ("property", "method", "fqn") if hasattr(request, name)), ""
    )
    return f"{kind} {of}".strip()


if __name__ == "__main__":
    main()
