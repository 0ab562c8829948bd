"""An official client, and every way in which Bedrock and the way to it can fail.

The arguments are the URL and the name of the client; standard input has the prompts as JSON, each with the
first part of its path.
"""

# mypy: ignore-errors
# It runs with the packages of another folder.

from __future__ import annotations

import asyncio
import json
import sys

URL, NAME = sys.argv[1:3]
#: More at once would only wait for each other.
AT_ONCE = asyncio.Semaphore(8)
#: Seconds, for a connection too: 5 are their default, which a busy machine reaches, and then they ask again.
PATIENCE = 600


async def by_openai(url: str, prompt: str) -> None:
    """Read a stream of Chat Completions."""
    async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="key", timeout=PATIENCE) as client:
        messages = [{"role": "user", "content": prompt}]
        stream = await client.chat.completions.create(model="model-1", messages=messages, stream=True)
        async for _ in stream:
            pass


async def by_anthropic(url: str, prompt: str) -> None:
    """Read a stream of Messages."""
    async with anthropic.AsyncAnthropic(base_url=url, api_key="key", timeout=PATIENCE) as client:
        messages = [{"role": "user", "content": prompt}]
        async with client.messages.stream(model="model-1", max_tokens=9, messages=messages) as stream:
            await stream.get_final_message()


if NAME.startswith("openai"):
    import openai

    read, Failure = by_openai, openai.APIError
else:
    import anthropic

    read, Failure = by_anthropic, anthropic.APIError


async def outcome(prefix: str, prompt: str) -> dict[str, object]:
    """Return what the client makes of a failure."""
    async with AT_ONCE:
        try:
            await read(f"{URL}/{prefix}".rstrip("/"), prompt)
        except Failure as error:
            body = error.body if isinstance(error.body, dict) else {}
            response = getattr(error, "response", None)
            return {
                "status": getattr(error, "status_code", None),
                "error": body.get("error", body),
                "headers": dict(response.headers) if response is not None else {},
                "message": str(error),
            }
    return {"finished": True}


async def main() -> None:
    """Ask everything."""
    cases = json.load(sys.stdin)
    outcomes = await asyncio.gather(*(outcome(prefix, prompt) for prefix, prompt in cases))
    print(json.dumps({prompt: each for (_, prompt), each in zip(cases, outcomes, strict=True)}))


asyncio.run(main())
