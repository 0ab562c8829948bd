"""Convert Bedrock's citations to Anthropic's.

https://platform.claude.com/docs/en/build-with-claude/citations and .../search-results.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

# Member of CitationLocation -> Anthropic's type, and the names of the start and of the end.
_LOCATIONS = {
    "documentChar": ("char_location", "start_char_index", "end_char_index"),
    "documentPage": ("page_location", "start_page_number", "end_page_number"),
    "documentChunk": ("content_block_location", "start_block_index", "end_block_index"),
    "searchResultLocation": ("search_result_location", "start_block_index", "end_block_index"),
}
_SEARCH = "searchResultLocation"


def anthropic_citation(citation: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a citation in Anthropic's words; None for a place that these have no word for."""
    location: Mapping[str, Any] = citation.get("location") or {}
    kind = next(iter(location), "")
    if kind not in _LOCATIONS:
        return None
    place, (name, start, end) = location[kind], _LOCATIONS[kind]
    text = "".join(piece.get("text", "") for piece in citation.get("sourceContent") or ())
    cited = {"type": name, "cited_text": text, start: place.get("start"), end: place.get("end")}
    title = citation.get("title")
    if kind == _SEARCH:
        index = place.get("searchResultIndex")
        return {**cited, "search_result_index": index, "source": citation.get("source"), "title": title}
    return {**cited, "document_index": place.get("documentIndex"), "document_title": title, "file_id": None}
