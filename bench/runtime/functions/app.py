"""The shape that the Lambda Web Adapter asks for: an ASGI app in a web server, and the SDK."""

import json
import os
from collections.abc import Iterator

import boto3
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

app = FastAPI()
bedrock = boto3.client("bedrock-runtime")


class Prompt(BaseModel):
    prompt: str


@app.get("/ready")
def ready() -> dict[str, str]:
    return {}


@app.post("/chat")
def chat(body: Prompt) -> StreamingResponse:
    def events() -> Iterator[str]:
        response = bedrock.converse_stream(
            modelId=os.environ["BEDROCK_MODEL_ID"],
            messages=[{"role": "user", "content": [{"text": body.prompt}]}],
        )
        for event in response["stream"]:
            text = event.get("contentBlockDelta", {}).get("delta", {}).get("text")
            if text:
                yield f"data: {json.dumps({'text': text})}\n\n"

    return StreamingResponse(events(), media_type="text/event-stream")
