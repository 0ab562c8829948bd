"""Serve Amazon Bedrock's runtime to unmodified SDKs over HTTP/1.1 and HTTP/2."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

from ...http.handler import Answer, Request
from ...http.server import TwoProtocolServer
from .converse import LanguageModel, Pace, ScriptedModel
from .directives import default_script
from .endpoint import VendorEndpoint
from .http_bodies import write_body, write_exception
from .messages_api import MessagesApi
from .operation_server import OperationServer
from .operations import OPERATIONS
from .request_validator import RequestValidator
from .responses_api import ResponsesApi
from .script import Script

#: 25,000,000 bytes, "the maximum allowed data size for the request body", with Base64 around them.
#: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html
MAX_BODY = 34_000_000
BY_SUFFIX = {operation.suffix: operation for operation in OPERATIONS}
PATH = re.compile(rf"/model/(?P<model>.+)/(?P<suffix>{'|'.join(BY_SUFFIX)})")
#: What the service answers, with the status 200, where no API is.
#: https://github.com/aws-samples/sample-per-model-bedrock
NO_API = {"Output": {"__type": "com.amazon.coral.service#UnknownOperationException"}, "Version": "1.0"}


class BedrockServer:
    """Serves the operations and endpoints of Bedrock for a model; ``endpoints`` has the latter by their path.

    :param model: answers the prompts
    :param lenient: whether requests are answered that Bedrock would refuse. Default: False
    :param log: called with what is doubtful about a request. Default: - it is not said
    """

    def __init__(
        self, model: LanguageModel, *, lenient: bool = False, log: Callable[[str], None] | None = None
    ) -> None:
        self._model = model
        validator = None if lenient else RequestValidator(log or (lambda line: None))
        self._operations = OperationServer(model, validator)
        self.endpoints = {
            "/anthropic/v1/messages": VendorEndpoint(MessagesApi(), model, lenient=lenient),
            "/openai/v1/responses": VendorEndpoint(ResponsesApi(), model, lenient=lenient),
        }
        self._server = TwoProtocolServer(self._handle, MAX_BODY)

    async def start(self) -> str:
        """Listen on a free port of loopback and return the endpoint URL."""
        return await self._server.start()

    async def close(self) -> None:
        """Stop serving."""
        await self._server.close()
        await self._model.close()

    async def _handle(self, request: Request, answer: Answer) -> None:
        path = request.path.partition("?")[0]
        found = PATH.fullmatch(path)
        if request.method == "POST" and found is not None:
            operation, model_id = BY_SUFFIX[found["suffix"]], unquote(found["model"])
            await self._operations.handle(operation, model_id, request.headers, request.body, answer)
        elif request.method == "POST" and path in self.endpoints:
            await self.endpoints[path].handle(request.headers, request.body, answer)
        elif path.startswith("/model/") or request.method != "POST":
            message = "the stand-in has no such operation"
            await write_exception(answer, "UnknownOperationException", 404, message)
        else:
            await write_body(answer, 200, NO_API)


class BedrockStandin(BedrockServer):
    """Serves the operations and endpoints of Bedrock, without a model.

    >>> standin = BedrockStandin(pace=lambda index: asyncio.sleep(0.04))

    :param pace: decides when the next token is sent
    :param script: decides what is sent. Default: - a fixed text with the prompt in it
    :param lenient: whether requests are answered that Bedrock would refuse. Default: False
    :param log: called with what is doubtful about a request. Default: - it is not said
    """

    def __init__(
        self,
        pace: Pace,
        script: Script = default_script,
        *,
        lenient: bool = False,
        log: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(ScriptedModel(pace, script), lenient=lenient, log=log)
