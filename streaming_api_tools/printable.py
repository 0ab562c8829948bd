"""Take out of a text what a terminal would obey: a server may have put anything into it."""

from __future__ import annotations

from streaming_api_templates.printable import harmless, log_line, one_line

__all__ = ["harmless", "log_line", "one_line"]
