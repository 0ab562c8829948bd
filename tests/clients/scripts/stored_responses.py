"""What an application does with OpenAI's client at stored responses, in default settings, in order."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

import json
import sys
import time

import openai

client = openai.OpenAI(base_url=f"{sys.argv[1]}/v1", api_key="key", max_retries=0)
responses = client.responses
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
TOOLS = [{"type": "function", "name": "weather", "parameters": SCHEMA}]
kept = {}


def conversation() -> object:
    """Three turns of which each names the one before it, with a call of a tool."""
    first = responses.create(model="model-1", input="Weather?", tools=TOOLS, instructions="Be brief")
    (call,) = [item for item in first.output if item.type == "function_call"]
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "rain"}
    second = responses.create(model="model-1", input=[result], tools=TOOLS, previous_response_id=first.id)
    third = responses.create(model="model-1", input="Thanks", tools=TOOLS, previous_response_id=second.id)
    kept["third"] = third.id
    same = responses.retrieve(third.id)
    assert same.to_dict() == third.to_dict()
    return [second.output_text, third.output_text, third.previous_response_id == second.id, third.store]


def items() -> object:
    """What the last of them was asked, over pages."""
    listed = list(responses.input_items.list(kept["third"], limit=2, order="asc", include=["x"]))
    return [item.type for item in listed]


def deleted() -> object:
    """A response that is there no more."""
    responses.delete(kept["third"])
    found = []
    for ask in (
        lambda: responses.retrieve(kept["third"]),
        lambda: responses.create(model="model-1", input="And?", previous_response_id=kept["third"]),
    ):
        try:
            ask()
        except openai.APIStatusError as error:
            found.append([type(error).__name__, error.code])
    return found


def resumed() -> object:
    """A stream that was cut, and its rest: every event once, as without a cut."""
    seen = []
    with responses.create(model="model-1", input="Hi", background=True, stream=True) as stream:
        for event in stream:
            seen.append(event)
            if event.type == "response.output_text.delta":
                break
    response_id = seen[0].response.id
    rest = responses.retrieve(response_id, stream=True, starting_after=seen[-1].sequence_number)
    seen += rest
    for event in seen:
        type(event).model_validate(json.loads(event.to_json()))
    uncut = list(responses.retrieve(response_id, stream=True))
    assert [event.to_dict() for event in seen] == [event.to_dict() for event in uncut]
    assert [event.sequence_number for event in seen] == list(range(len(seen)))
    kept["streamed"] = response_id
    return [seen[0].type, seen[1].type, seen[2].type, seen[-1].type, seen[-1].response.output_text]


def helper() -> object:
    """The client's own helper, which wants the whole and leaves out what is known already."""
    with responses.stream(response_id=kept["streamed"], starting_after=4) as stream:
        numbers = [event.sequence_number for event in stream]
        answer = stream.get_final_response()
    return [numbers[0], answer.output_text]


def polled() -> object:
    """A response in the background."""
    response = responses.create(model="model-1", input="Hi", background=True)
    statuses = [response.status]
    while response.status in ("queued", "in_progress"):
        time.sleep(0.05)
        response = responses.retrieve(response.id)
    return [statuses[0], response.status, response.output_text]


def synchronous() -> object:
    """A response that is not in the background is not cancelled."""
    response = responses.create(model="model-1", input="Hi")
    try:
        responses.cancel(response.id)
    except openai.BadRequestError as error:
        return error.body["message"]
    return None


def cancelled() -> object:
    """A response in the background that is stopped, whose model would go on for ever."""
    stream = responses.create(model="model-1", input="Hi", background=True, stream=True)
    response_id = next(stream).response.id
    while next(stream).type != "response.output_text.delta":
        pass
    stopped, again = responses.cancel(response_id), responses.cancel(response_id)
    assert stopped.to_dict() == again.to_dict()
    *_, own = stream
    *_, followed = responses.retrieve(response_id, stream=True)
    assert own.to_dict() == followed.to_dict()
    return [stopped.status, stopped.id == response_id, followed.type, followed.response.status]


steps = (conversation, items, deleted, resumed, helper, polled, synchronous, cancelled)
print(json.dumps({each.__name__: each() for each in steps}))
