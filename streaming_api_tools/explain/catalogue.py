"""What goes wrong with streaming on AWS: how it looks, why it happens, what to do, and who says so.

A pattern is searched for in what was pasted, without regard to case. Symptoms without a text of their own are
found by the words people describe them with.
"""

from __future__ import annotations

from . import bedrock, delivery, deployment, runtime, tooling

PAINS = (*delivery.PAINS, *deployment.PAINS, *runtime.PAINS, *bedrock.PAINS, *tooling.PAINS)
