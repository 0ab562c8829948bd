"""Read a stream with a vendor's client, cancel it after its second word, and print what becomes of it.

``cancelled.py KIND URL MODEL PROMPT``
"""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

import json
import sys
import urllib.request
from collections.abc import Iterator

KIND, URL, MODEL, PROMPT = sys.argv[1:]
MESSAGES = [{"role": "user", "content": PROMPT}]


def cancel(stream_id: str) -> None:
    """Ask the writer of a stream to stop."""
    urllib.request.urlopen(urllib.request.Request(f"{URL}/streams/{stream_id}/cancel", method="POST")).close()


class Ended(Exception):
    """The end of an answer that its client takes for no error."""


def chat() -> Iterator[str]:
    """Read OpenAI's Chat Completions."""
    import openai

    client = openai.OpenAI(base_url=f"{URL}/v1", api_key="any")
    stream = client.chat.completions.create(model=MODEL, messages=MESSAGES, stream=True)
    yield stream.response.headers["x-stream-id"]
    for chunk in stream:
        for choice in chunk.choices:
            yield choice.delta.content or ""


def responses() -> Iterator[str]:
    """Read OpenAI's Responses."""
    import openai

    client = openai.OpenAI(base_url=f"{URL}/v1", api_key="any")
    stream = client.responses.create(model=MODEL, input=PROMPT, stream=True)
    yield stream.response.headers["x-stream-id"]
    for event in stream:
        if event.type == "response.output_text.delta":
            yield event.delta
    raise Ended(f"{event.type}, {event.response.status}")


def responses_helper() -> Iterator[str]:
    """Read the same with the helper that puts the response together."""
    import openai

    client = openai.OpenAI(base_url=f"{URL}/v1", api_key="any")
    with client.responses.stream(model=MODEL, input=PROMPT) as stream:
        yield stream._response.headers["x-stream-id"]
        for event in stream:
            if event.type == "response.output_text.delta":
                yield event.delta
        stream.get_final_response()


def messages() -> Iterator[str]:
    """Read Anthropic's Messages."""
    import anthropic

    client = anthropic.Anthropic(base_url=URL, api_key="any")
    with client.messages.stream(model=MODEL, messages=MESSAGES, max_tokens=100) as stream:
        yield stream.response.headers["x-stream-id"]
        yield from stream.text_stream
        stream.get_final_message()


def converse() -> Iterator[str]:
    """Read Bedrock's own ConverseStream."""
    import boto3

    client = boto3.client("bedrock-runtime", endpoint_url=URL, region_name="us-east-1")
    message = {"role": "user", "content": [{"text": PROMPT}]}
    answer = client.converse_stream(modelId=MODEL, messages=[message])
    yield answer["ResponseMetadata"]["HTTPHeaders"]["x-stream-id"]
    for event in answer["stream"]:
        yield event.get("contentBlockDelta", {}).get("delta", {}).get("text", "")


def main() -> None:
    """Print the text, and the name and the text of what ended it."""
    pieces = globals()[KIND]()
    stream_id, text, error = next(pieces), "", None
    try:
        for piece in pieces:
            text += piece
            if piece == "two ":
                cancel(stream_id)
    except Exception as caught:
        error = [type(caught).__name__, str(caught)]
    print(json.dumps({"text": text, "error": error}))


if __name__ == "__main__":
    main()
