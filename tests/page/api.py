"""The API of these tests: the chat function behind the local gateway, its tokens in the hands of the test."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakKeyDictionary

from streaming_api_tools.local.functions.environment_variables import LOCAL_CREDENTIALS
from streaming_api_tools.local.gateway.authorizers.iam import Access, Keys
from tests.support.bedrock.shipped import Paced, standin
from tests.support.gateway import Gate, Serving
from tests.support.templates import ROOT, application, integration, template

KEYS = Keys("test", "test")
#: The tokens of the answers of one test are fewer.
ALL = 300


class Model:
    """Holds the tokens of the answers that begin in a test, until the test lets them go."""

    def __init__(self) -> None:
        self._paced = Paced()
        # what an earlier test has left running must not take the tokens of the next one
        self._answers: WeakKeyDictionary[asyncio.Task[object], Paced] = WeakKeyDictionary()

    async def __call__(self, index: int) -> None:
        """Wait for the test in which the answer has begun."""
        task = asyncio.current_task()
        assert task
        if index == 0:
            # a connection that is kept has one task for all of its answers
            self._answers[task] = self._paced
        await self._answers[task](index)

    def hold(self) -> None:
        """Begin another test."""
        self._paced = Paced()

    def let_go(self, tokens: int = 1) -> None:
        """Let the next tokens go."""
        for _ in range(tokens):
            self._paced.let_go()

    def let_all_go(self) -> None:
        """Let the rest of an answer go."""
        self.let_go(ALL)


@dataclass(frozen=True)
class Api:
    """What is served."""

    url: str
    model: Model
    gate: Gate


def chat(**environment: str) -> dict[str, object]:
    """Return the chat function."""
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Code": str(ROOT / "lambda_src"),
            "Handler": "chat.handler.handler",
            "Runtime": "python3.13",
            "Timeout": 30,
            "MemorySize": 512,
            "Layers": [{"Ref": "Layer"}],
            "Environment": {"Variables": {"BEDROCK_MODEL_ID": "model-1", **environment}},
        },
    }


#: What the CDK's `defaultCorsPreflightOptions` writes for any origin.
PREFLIGHT = {
    "Type": "MOCK",
    "RequestTemplates": {"application/json": "{ statusCode: 200 }"},
    "IntegrationResponses": [
        {
            "StatusCode": "204",
            "ResponseParameters": {
                "method.response.header.Access-Control-Allow-Origin": "'*'",
                "method.response.header.Access-Control-Allow-Headers": "'authorization,content-type'",
                "method.response.header.Access-Control-Allow-Methods": "'POST'",
            },
        }
    ],
}


@contextmanager
def api(scratch: Path) -> Iterator[Api]:
    """Serve ``/{proxy+}`` to callers with credentials, ``/open/chat`` to pages, and answers that break."""
    routes: dict[str, dict[str, object]] = {
        "POST /{proxy+}": {"integration": integration("Chat", {}), "authorization": "AWS_IAM"},
        "POST /open/chat": {"integration": integration("OpenChat", {})},
        "OPTIONS /open/chat": {"integration": PREFLIGHT},
        "POST /closed/chat": {"integration": integration("Chat", {})},
        "POST /raw": {"handler": "handlers.responds"},
        "POST /cut": {"handler": "handlers.exits_midway"},
    }
    content = template(routes, Chat=chat(), OpenChat=chat(CORS_ALLOW_ORIGIN="*"))
    model, gate = Model(), Gate()
    try:
        with standin(model) as bedrock:
            environment = {
                **LOCAL_CREDENTIALS,
                "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": bedrock,
                "GATE": gate.address,
            }
            served = application(content, scratch)
            with Serving(served, access=Access(KEYS), environment=environment) as serving:
                yield Api(f"{serving.url}/prod/", model, gate)
    finally:
        gate.close()
