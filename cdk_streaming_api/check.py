"""Run ``python -m cdk_streaming_api.check TEMPLATE_OR_CDK_OUT``: the rules for streaming APIs as a command.

It applies the rules of :class:`StreamingRules` to templates of any origin, and needs neither aws_cdk
nor Node.
"""

from __future__ import annotations

from streaming_api_templates.check import main, run

__all__ = ["main"]

if __name__ == "__main__":
    run()
