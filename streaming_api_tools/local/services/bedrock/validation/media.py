"""Check the documents and images of a conversation: names, counts, sizes, and whether they are what they say.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html and
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_DocumentBlock.html
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any

from .base64_text import decoded_length
from .conversation import blocks_of, messages_of
from .models import is_claude
from .refusals import refused

Json = Mapping[str, Any]
MAX_DOCUMENTS = 5
MAX_MEDIA = 20
#: 4.5 MB, but for PDF: https://github.com/aws-samples/generative-ai-use-cases/issues/1334
MAX_DOCUMENT = 4_718_592
#: Of the Base64 text, as Anthropic counts.
MAX_IMAGE = 5_242_880
#: A request with more was answered so: https://github.com/aws-samples/generative-ai-use-cases/issues/1334
MAX_REQUEST = 25_000_000
#: Underscores are not documented, but taken: https://github.com/vercel/ai/pull/20366
NAME = re.compile(r"[A-Za-z0-9_\-()\[\]]+(\s[A-Za-z0-9_\-()\[\]]+)*\s?\Z")
#: How files of each format begin.
MAGIC = {
    "png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "jpeg": re.compile(rb"\xff\xd8\xff"),
    "gif": re.compile(rb"GIF8[79]a"),
    "webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
}


def check_media(model_id: str, request: Json) -> None:
    """Check documents and images.

    :param request: valid by the service model
    :raises RefusedError: when Bedrock would refuse it
    """
    documents, images = list(_media(request, "document")), list(_media(request, "image"))
    _check_documents(documents)
    for message in messages_of(request):
        kinds = {kind for block in blocks_of(message) for kind in block}
        if "document" in kinds and "text" not in kinds:
            raise refused("document without text")
    if is_claude(model_id):
        if len(images) + len(documents) > MAX_MEDIA:
            raise refused("too many media", images=len(images), documents=len(documents))
        for path, image in images:
            _check_image(path, image)
    if sum(_size(block) for _, block in (*documents, *images)) > MAX_REQUEST:
        raise refused("input too long")


def _check_documents(documents: list[tuple[str, Json]]) -> None:
    for path, document in documents:
        if not NAME.match(document["name"]):
            raise refused("document name")
        source = document["source"]
        cited = (document.get("citations") or {}).get("enabled")
        if not cited and not source.keys() & {"bytes", "s3Location"}:
            raise refused("text without citations", path=f"{path}.source")
        if document.get("format") != "pdf" and _size(document) > MAX_DOCUMENT:
            raise refused("document size")
    names = [document["name"] for _, document in documents]
    if len(set(names)) < len(names):
        raise refused("duplicate document names")
    if len(names) > MAX_DOCUMENTS:
        raise refused("too many documents")


def _check_image(path: str, image: Json) -> None:
    data = image["source"].get("bytes")
    if data is None:
        return
    if len(data) > MAX_IMAGE:
        raise refused("image size", path=f"{path}.source", size=len(data))
    head = base64.b64decode(data[:24])
    found = next((name for name, magic in MAGIC.items() if magic.match(head)), None)
    if found is None:
        raise refused("image")
    if found != image["format"]:
        raise refused("image type", path=f"{path}.source.base64", given=image["format"], found=found)


def _media(request: Json, kind: str) -> Iterator[tuple[str, Json]]:
    """Yield the path and the block of every document or image, those within results of tools included."""
    for number, message in enumerate(messages_of(request)):
        for index, block in enumerate(blocks_of(message)):
            path = f"messages.{number}.content.{index}"
            if block.get(kind):
                yield f"{path}.{kind}", block[kind]
            for inner, result in enumerate((block.get("toolResult") or {}).get("content") or []):
                if result.get(kind):
                    yield f"{path}.toolResult.content.{inner}.{kind}", result[kind]


def _size(block: Json) -> int:
    return decoded_length(block["source"].get("bytes") or "") or 0
