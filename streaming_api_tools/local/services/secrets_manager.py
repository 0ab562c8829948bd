"""Answer functions that ask AWS Secrets Manager for a secret of their stack, as unmodified SDKs ask for it.

https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from ...json_text import parse_json
from ..application import Secret
from ..http.handler import Answer, Request
from ..http.server import TwoProtocolServer

OPERATION = "secretsmanager.GetSecretValue"
MAX_BODY = 1_000_000


class SecretsServer:
    """Serves GetSecretValue on loopback; signatures are not looked at, since nothing here is secret.

    :param secrets: what there is to be read
    """

    def __init__(self, secrets: Iterable[Secret]) -> None:
        self._secrets = {secret.id: secret.value for secret in secrets}
        self._server = TwoProtocolServer(self._handle, MAX_BODY)

    async def start(self) -> str:
        """Listen on a free port of loopback and return the endpoint URL."""
        return await self._server.start()

    async def close(self) -> None:
        """Stop serving."""
        await self._server.close()

    async def _handle(self, request: Request, answer: Answer) -> None:
        status, content = self._answer(request)
        body = json.dumps(content).encode()
        headers = {"Content-Type": "application/x-amz-json-1.1", "Content-Length": str(len(body))}
        await answer.start(status, headers)
        await answer.write(body)
        await answer.end()

    def _answer(self, request: Request) -> tuple[int, dict[str, object]]:
        operation = request.headers.get("x-amz-target")
        if operation != OPERATION:
            message = f"the local gateway serves {OPERATION}, not {operation}"
            return 400, {"__type": "InvalidRequestException", "Message": message}
        try:
            asked = parse_json(request.body)
        except ValueError:
            asked = None
        wanted = str(asked.get("SecretId")) if isinstance(asked, dict) else ""
        if wanted not in self._secrets:
            message = f"{wanted} is no secret of the stack; it has {', '.join(self._secrets)}"
            return 400, {"__type": "ResourceNotFoundException", "Message": message}
        return 200, {"ARN": wanted, "Name": wanted, "SecretString": self._secrets[wanted]}
