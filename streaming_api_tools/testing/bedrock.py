"""Answer as a model with the tokens that a test decides, at the moment that the test decides."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ..local.services.bedrock.directives import default_script
from ..local.services.bedrock.operations import HTTP_EXCEPTIONS, STREAM_EXCEPTIONS
from ..local.services.bedrock.prompt import Prompt
from ..local.services.bedrock.script import BREAKS, Fault, Reply, ReplyBlock, ReplyToolCall
from ..local.services.bedrock.server import BedrockStandin
from .background import Background


class Bedrock:
    """A stand-in for Amazon Bedrock that functions behind ``streaming_gateway`` talk to.

    Without a script it repeats the prompt. The fixture ``bedrock`` gives it to a test, and resets it after:

    .. code-block:: python

        def test_a_throttled_model_is_a_429(api, bedrock):
            bedrock.fail("ThrottlingException")
            assert api.post("/chat", json={"prompt": "Hi"}).status == 429
    """

    def __init__(self, background: Background) -> None:
        self._background = background
        self._changed = asyncio.Event()
        self.reset()
        self._standin = BedrockStandin(pace=self._pace, script=self._answer)
        self.endpoint_url = background.run(self._standin.start())

    @property
    def prompts(self) -> list[Prompt]:
        """The prompts since the beginning of the test; ``prompts[0].request`` is the whole request."""
        return self._prompts

    def reply(self, *tokens: str, stop_reason: str = "end_turn", blocks: tuple[ReplyBlock, ...] = ()) -> None:
        """Answer the next request with these tokens; the last answer that is given here holds for all after.

        :param stop_reason: why the model stops. Default: end_turn
        :param blocks: content blocks instead of tokens. Default: - the tokens as text
        """
        self._replies.append(Reply(tokens, stop_reason, blocks=blocks))

    def call(self, tool: str, **input: object) -> None:
        """Answer the next request with a call of a tool.

        :param tool: its name
        :param input: the members of its input
        """
        self.reply(blocks=(ReplyToolCall(tool, input),), stop_reason="tool_use")

    def fail(self, error: str, *, after: tuple[str, ...] = ()) -> None:
        """Fail the next request.

        :param error: an exception of the service, such as ``ThrottlingException`` before the stream or
            ``modelStreamErrorException`` in it; or ``cut``, ``silent-end``, ``stall``, ``bad-crc``
        :param after: the tokens before it. Default: none
        :raises ValueError: when there is no such error
        """
        known = sorted({*HTTP_EXCEPTIONS, *STREAM_EXCEPTIONS, *BREAKS})
        if error not in known:
            raise ValueError(f"error must be one of {', '.join(known)}, got {error}")
        # a fault in the stream takes the place of the token after the ones before it
        self._replies.append(Reply((*after, ""), fault=Fault(error, len(after))))

    def hold(self) -> None:
        """Let no token go until :meth:`release`."""
        self._change(lambda: setattr(self, "_allowed", 0))

    def release(self, tokens: int = 1) -> None:
        """Let tokens go after :meth:`hold`.

        :param tokens: how many. Default: 1
        """
        self._change(lambda: setattr(self, "_allowed", (self._allowed or 0) + tokens))

    def reset(self) -> None:
        """Forget every script and every prompt, and hold nothing."""
        self._prompts: list[Prompt] = []
        self._replies: list[Reply] = []
        self._allowed: int | None = None
        self._change(lambda: setattr(self, "_allowed", None))

    def close(self) -> None:
        """Stop serving."""
        self._background.run(self._standin.close())

    def _answer(self, prompt: Prompt) -> Reply:
        self._prompts.append(prompt)
        if not self._replies:
            return default_script(prompt)
        return self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]

    async def _pace(self, index: int) -> None:
        while self._allowed == 0:
            self._changed.clear()
            await self._changed.wait()
        if self._allowed is not None:
            self._allowed -= 1

    def _change(self, change: Callable[[], None]) -> None:
        def apply() -> None:
            change()
            self._changed.set()

        self._background.call(apply)
