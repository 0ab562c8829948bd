"""Convert Bedrock's citations to the sources of a UI message.

https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

# Member of CitationLocation -> media type of the source; a document with pages is a PDF.
_MEDIA_TYPES = {
    "web": "text/html",
    "documentChar": "text/plain",
    "documentPage": "application/pdf",
    "documentChunk": "text/plain",
    "searchResultLocation": "text/plain",
}
# A page makes links of these.
_SCHEMES = ("https://", "http://")


def source(citation: Mapping[str, Any], number: int) -> dict[str, Any] | None:
    """Return the part for a citation; None for a place that the protocol has no part for.

    :param citation: Bedrock's, which becomes the metadata of the part as it is
    :param number: of the source in the message
    """
    location: Mapping[str, Any] = citation.get("location") or {}
    kind = next(iter(location), "")
    if kind not in _MEDIA_TYPES:
        return None
    title = citation.get("title")
    told = {"sourceId": f"source-{number}", "providerMetadata": {"bedrock": {"citation": dict(citation)}}}
    place = location["web"].get("url") if kind == "web" else citation.get("source")
    if isinstance(place, str) and place.startswith(_SCHEMES):
        return {"type": "source-url", "url": place, **({"title": title} if title else {}), **told}
    named = title or citation.get("source") or "document"
    return {"type": "source-document", "mediaType": _MEDIA_TYPES[kind], "title": named, **told}
