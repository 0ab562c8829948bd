"""Files in the requests of other APIs to content blocks of ConverseStream."""

from __future__ import annotations

from ..json_body import bad_request, decoded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Media type -> member of ContentBlock and its `format`: ImageBlock, DocumentBlock, VideoBlock and AudioBlock,
# "Amazon Bedrock Runtime API Reference".
KINDS = {
    "image/png": ("image", "png"),
    "image/jpeg": ("image", "jpeg"),
    "image/jpg": ("image", "jpeg"),
    "image/gif": ("image", "gif"),
    "image/webp": ("image", "webp"),
    "application/pdf": ("document", "pdf"),
    "text/csv": ("document", "csv"),
    "application/msword": ("document", "doc"),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ("document", "docx"),
    "application/vnd.ms-excel": ("document", "xls"),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ("document", "xlsx"),
    "text/html": ("document", "html"),
    "text/plain": ("document", "txt"),
    "text/markdown": ("document", "md"),
    "video/mp4": ("video", "mp4"),
    "video/webm": ("video", "webm"),
    "video/quicktime": ("video", "mov"),
    "audio/mpeg": ("audio", "mp3"),
    "audio/mp3": ("audio", "mp3"),
    "audio/wav": ("audio", "wav"),
    "audio/flac": ("audio", "flac"),
    "audio/ogg": ("audio", "ogg"),
    "audio/aac": ("audio", "aac"),
}
# DocumentBlock.name: at most 200 letters, digits, single spaces, hyphens, parentheses and brackets.
MAX_DOCUMENT_NAME = 200
_IN_A_NAME = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-()[]")


def from_data_url(url: str, path: str, name: str | None = None) -> dict[str, Any]:
    """Return the content block of a file in a ``data:`` URL.

    :param path: of the field in the body, for the error
    :param name: of the file. Default: - the kind of the file
    :raises HTTPError: 400 for any other URL: nothing is fetched for a caller
    """
    head, comma, data = url.partition(",")
    if not url.startswith("data:") or not comma or not head.endswith(";base64"):
        raise bad_request(
            f"{path} must be a data: URL in Base64; other URLs are not fetched", "unsupported_value", path
        )
    return from_base64(head[5:-7].partition(";")[0], data, path, name)


def from_base64(media_type: str, data: object, path: str, name: str | None = None) -> dict[str, Any]:
    """Return the content block of a file.

    :raises HTTPError: 400 for a media type that Bedrock has no block for, and for what is not Base64
    """
    if media_type not in KINDS:
        raise bad_request(
            f"{path} has media type {media_type!r:.80}, which no model reads", "unsupported_value", path
        )
    kind, file_format = KINDS[media_type]
    block: dict[str, Any] = {"format": file_format, "source": {"bytes": decoded(data, path)}}
    if kind == "document":
        block["name"] = document_name(name or kind)
    return {kind: block}


def document_name(name: str) -> str:
    """Return a name that DocumentBlock takes."""
    kept = "".join(char if char in _IN_A_NAME else " " for char in name)
    return " ".join(kept.split())[:MAX_DOCUMENT_NAME] or "document"
