"""What an application does with OpenAI's client at the Responses API, in default settings, in order."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

import json
import sys

import openai
from pydantic import BaseModel

client = openai.OpenAI(base_url=f"{sys.argv[1]}/v1", api_key="key", max_retries=0)
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
TOOLS = [{"type": "function", "name": name, "parameters": SCHEMA} for name in ("weather", "clock")]
IMAGE, PDF = sys.argv[2], sys.argv[3]


class City(BaseModel):
    """A city."""

    name: str


def tools() -> object:
    """Two calls at once, and their results in the next request."""
    said = [{"role": "user", "content": "Weather and time?"}]
    response = client.responses.create(model="model-1", input=said, tools=TOOLS)
    said += response.output
    for item in response.output:
        if item.type == "function_call":
            said.append({"type": "function_call_output", "call_id": item.call_id, "output": item.name})
    return client.responses.create(model="model-1", input=said, tools=TOOLS).output_text


def structured() -> object:
    """An object of a class."""
    return client.responses.parse(model="model-1", input="Where?", text_format=City).output_parsed.name


def files() -> object:
    """An image and a PDF."""
    parts = [
        {"type": "input_text", "text": "See"},
        {"type": "input_image", "image_url": f"data:image/png;base64,{IMAGE}"},
        {"type": "input_file", "filename": "a.pdf", "file_data": f"data:application/pdf;base64,{PDF}"},
    ]
    return client.responses.create(model="model-1", input=[{"role": "user", "content": parts}]).output_text


def events() -> object:
    """Every event, each valid by the client's own types, which it does not check itself."""
    kinds = []
    for event in client.responses.create(model="model-1", input="Hi", tools=TOOLS, stream=True):
        type(event).model_validate(json.loads(event.to_json()))
        # version 2 of the client wants the name of the function, version 3 does not know it
        assert set(event.model_extra or {}) <= {"name"}, event.model_extra
        kinds.append(event.type)
    return kinds


def incomplete() -> object:
    """An answer that was cut, and one that was filtered."""
    answers = [client.responses.create(model="model-1", input="Hi", max_output_tokens=5) for _ in range(2)]
    return [(each.status, each.incomplete_details.reason, each.output_text) for each in answers]


def stateless() -> object:
    """What needs a store, by the class and the message of the error."""
    asked = [
        lambda: client.responses.create(model="model-1", input="Hi", previous_response_id="resp_1"),
        lambda: client.responses.create(model="model-1", input="Hi", background=True),
        lambda: client.responses.create(model="model-1", input=[{"type": "item_reference", "id": "msg_1"}]),
        lambda: client.responses.retrieve("resp_1"),
        lambda: client.responses.cancel("resp_1"),
    ]
    found = []
    for ask in asked:
        try:
            ask()
        except openai.APIStatusError as error:
            found.append((type(error).__name__, error.body["message"]))
    return found


def failed() -> object:
    """A failure in the middle."""
    try:
        list(client.responses.create(model="model-1", input="Hi", stream=True))
    except openai.APIError as error:
        return [error.type, error.code]
    return None


outcomes = {
    each.__name__: each() for each in (tools, structured, files, events, incomplete, stateless, failed)
}
print(json.dumps(outcomes))
