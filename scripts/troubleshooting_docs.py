"""The page of troubleshooting: what `streaming-api explain` knows, from its catalogue."""

from __future__ import annotations

from streaming_api_tools.explain import bedrock, delivery, deployment, runtime, tooling
from streaming_api_tools.explain.pain import Pain

#: Heading -> entries.
SECTIONS = {
    "The stream does not stream, or breaks off": delivery.PAINS,
    "Deployment": deployment.PAINS,
    "The function": runtime.PAINS,
    "Amazon Bedrock": bedrock.PAINS,
    "Tools": tooling.PAINS,
}
INTRO = """\
Every entry is also in the command line: `streaming-api explain` takes an error message, or a log on stdin,
and prints the entries that match. For "it does not stream", start with [`streaming-api smoke`](smoke.md),
which names the fault."""


def page() -> str:
    """Return the page."""
    parts = ["# Troubleshooting", INTRO]
    for heading, pains in SECTIONS.items():
        parts.append(f"## {heading}")
        parts += [_entry(pain) for pain in pains]
    return "\n\n".join(parts) + "\n"


def _entry(pain: Pain) -> str:
    said = [
        f"### {_text(pain.title)}",
        f"**Why:** {_text(pain.cause)}",
        f"**Do:** {_text(pain.fix)}",
        f"[Source]({pain.source})",
    ]
    return "\n\n".join(said)


def _text(text: str) -> str:
    """Return text of the catalogue, which is plain, as Markdown that shows the same."""
    return text.replace("\\", "\\\\").replace("*", "\\*").replace("<", "&lt;")
