"""The scenarios of the official conformance suite that do not apply, with the reason; all others must pass.

docs/mcp.md has the tables; tests/mcp/test_conformance.py holds them against what the suite lists.
"""

from __future__ import annotations

#: the npm packages, by the revision of MCP that they are run for
SUITES = {"2025-11-25": "@modelcontextprotocol/conformance", "2026-07-28": "conformance-next"}
NO_BACK_CHANNEL = "the client's answer would reach any execution environment"
NO_SESSION = "there is no session to keep it for"
#: revision -> scenario -> reason
NOT_APPLICABLE: dict[str, dict[str, str]] = {
    "2025-11-25": {
        "elicitation-sep1034-defaults": NO_BACK_CHANNEL,
        "elicitation-sep1330-enums": NO_BACK_CHANNEL,
        "logging-set-level": NO_SESSION,
        "resources-subscribe": NO_SESSION,
        "resources-unsubscribe": NO_SESSION,
        "server-sse-polling": "a stream is not resumed: there is no GET",
        "tools-call-elicitation": NO_BACK_CHANNEL,
        "tools-call-sampling": NO_BACK_CHANNEL,
        "tools-call-with-logging": NO_SESSION,
    },
    "2026-07-28": {},
}
