"""Take out of a text what a terminal would obey: a server may have put anything into it."""

from __future__ import annotations

from streaming_api_templates.printable import one_line

__all__ = ["one_line"]
