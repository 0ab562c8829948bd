"""Test streaming handlers where they are written: the local gateway and the Bedrock stand-in for tests.

The fixtures of ``streaming_api_tools.pytest_plugin`` give these; docs/testing.md shows them.
"""

from __future__ import annotations

from .bedrock import Bedrock
from .gateway import Gateway
from .local import StreamingGateway
from .response import StreamedResponse

__all__ = ["Bedrock", "Gateway", "StreamedResponse", "StreamingGateway"]
