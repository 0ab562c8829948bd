"""Read inference profiles from ``cdk.context.json``, since synth does not look them up.

One entry a profile and source Region, because the destinations differ between source Regions. The value is
what GetInferenceProfile answered there, ``models[].modelArn`` under the key ``models``, and nothing else::

    "streaming-api:inference-profile:region=us-east-1:profile=us.amazon.nova-lite-v1:0": {
      "models": [
        "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0",
        "arn:aws:bedrock:us-west-2::foundation-model/amazon.nova-lite-v1:0"
      ]
    }

``profile`` is the model id as it is given to Bedrock: the id of a system-defined profile, or an ARN.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

# the Region may be missing: that is how GetInferenceProfile lists the model behind a global profile
_MODEL_ARN = r"arn:aws(-[a-z]+)*:bedrock:[a-z0-9-]*::foundation-model/[a-z0-9.:-]+"


def context_key(region: str, model_id: str) -> str:
    """Return the key of an inference profile, as it is seen from a source Region."""
    return f"streaming-api:inference-profile:region={region}:profile={model_id}"


def model_arns(key: str, value: object) -> tuple[str, ...]:
    """Return the foundation models of a profile from its context value.

    :param key: the key, for the message.
    :param value: what the context has there; None when it has nothing.
    :raises ValueError: when it is not in the format above.
    """
    if value is None:
        return ()
    arns = value.get("models") if isinstance(value, Mapping) else None
    if not isinstance(arns, list) or not arns or not all(re.fullmatch(_MODEL_ARN, str(arn)) for arn in arns):
        raise ValueError(
            f"context value '{key}' must be {{'models': [foundation model ARNs]}}, got {value!r}; "
            "delete it and run 'streaming-api doctor'"
        )
    return tuple(arns)
