# /// client
# title = "boto3, Converse and ConverseStream"
# package = "boto3"
# environments = ["boto3"]
# ///
"""Drive AWS's SDK for Python at the relay of Bedrock's operations."""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

import base64
import json

import boto3
import driving
from driving import MODEL, prompt

CLIENT = boto3.client("bedrock-runtime", endpoint_url=driving.URL, region_name="us-east-1")
TOOLS = [{"toolSpec": {"name": name, "inputSchema": {"json": driving.CITY_TOOL}}} for name in driving.TOOLS]


def user(*content: object) -> dict[str, object]:
    """Return a message of the user."""
    return {"role": "user", "content": list(content)}


def ask(scenario: str, **more: object) -> dict[str, object]:
    """Return the answer to a scenario's prompt."""
    return CLIENT.converse(**{"modelId": MODEL, "messages": [user({"text": prompt(scenario)})], **more})


def said(answer: dict[str, object]) -> str:
    """Return the text of an answer."""
    return "".join(block.get("text", "") for block in answer["output"]["message"]["content"])


def text(scenario: str = "text") -> dict[str, object]:
    """Ask for text."""
    return {"text": said(ask(scenario))}


def stream(scenario: str = "stream") -> dict[str, object]:
    """Ask for a stream."""
    answer = CLIENT.converse_stream(modelId=MODEL, messages=[user({"text": prompt(scenario)})])
    deltas = [each["contentBlockDelta"]["delta"] for each in answer["stream"] if "contentBlockDelta" in each]
    return {"pieces": [delta["text"] for delta in deltas]}


def tools() -> dict[str, object]:
    """Call both tools, and send their results."""
    config = {"tools": TOOLS}
    message = ask("tools", toolConfig=config)["output"]["message"]
    calls = [block["toolUse"] for block in message["content"] if "toolUse" in block]
    results = [
        {
            "toolResult": {
                "toolUseId": call["toolUseId"],
                "content": [{"text": driving.TOOLS[call["name"]](**call["input"])}],
            }
        }
        for call in calls
    ]
    history = [user({"text": prompt("tools")}), message, user(*results)]
    again = ask("tools", messages=history, toolConfig=config)
    return {"calls": [[call["name"], call["input"]] for call in calls], "text": said(again)}


def structured() -> dict[str, object]:
    """Ask for an object in each way."""
    tool = {"toolSpec": {"name": "city", "inputSchema": {"json": driving.CITY}}}
    config = {"tools": [tool], "toolChoice": {"tool": {"name": "city"}}}
    content = ask("structured", toolConfig=config)["output"]["message"]["content"]
    schema = {"jsonSchema": {"schema": json.dumps(driving.CITY), "name": "city"}}
    by_schema = ask("structured", outputConfig={"textFormat": {"type": "json_schema", "structure": schema}})
    return {
        "modes": {
            "a forced tool": content[-1]["toolUse"]["input"],
            "outputConfig": json.loads(said(by_schema)),
        }
    }


def see(scenario: str, block: dict[str, object]) -> dict[str, object]:
    """Ask about a file."""
    return {"text": said(ask(scenario, messages=[user({"text": prompt(scenario)}, block)]))}


def thinking() -> dict[str, object]:
    """Send the message with the reasoning back, as it came."""
    message = ask("thinking")["output"]["message"]
    history = [user({"text": prompt("thinking")}), message, user({"text": prompt("thinking", "then")})]
    thought = message["content"][0]["reasoningContent"]["reasoningText"]["text"]
    return {"thinking": thought, "text": said(ask("thinking", messages=history))}


def usage() -> dict[str, object]:
    """Count the tokens."""
    told = ask("usage")["usage"]
    return {"usage": [told["inputTokens"], told["outputTokens"]]}


def truncation() -> dict[str, object]:
    """Ask for more than the limit."""
    answer = ask("truncation", inferenceConfig={"maxTokens": driving.LIMIT})
    return {"finish": answer["stopReason"], "text": said(answer)}


PNG, PDF = (base64.b64decode(each) for each in (driving.PNG, driving.PDF))
driving.run(
    text=text,
    stream=stream,
    tools=tools,
    structured=structured,
    image=lambda: see("image", {"image": {"format": "png", "source": {"bytes": PNG}}}),
    pdf=lambda: see("pdf", {"document": {"format": "pdf", "name": "a", "source": {"bytes": PDF}}}),
    thinking=thinking,
    usage=usage,
    filtered=lambda: {"finish": ask("filtered")["stopReason"]},
    refused=lambda: text("refused"),
    throttled=lambda: text("throttled"),
    retry=lambda: text("retry"),
    failure=lambda: stream("failure"),
    cut=lambda: stream("cut"),
    truncation=truncation,
)
