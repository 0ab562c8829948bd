"""Decide on requests by ministack's policy evaluator; runs in ministack's own virtual environment.

Standard input is ``{"policies": {role: [document]}, "cases": [...]}``, standard output the list of decisions.
"""

from __future__ import annotations

import json
import sys

from ministack.core.iam_evaluator import (  # type: ignore[import-not-found]
    EvalContext,
    evaluate,
    parse_policy_document,
)

asked = json.load(sys.stdin)
decisions = []
for case in asked["cases"]:
    context = EvalContext(
        principal_arn=f"arn:aws:iam::000000000000:role/{case['role']}",
        principal_type="AssumedRole",
        principal_account="000000000000",
        action=case["action"],
        resource_arn=case["resource"],
        region=case["region"],
        source_ip="127.0.0.1",
        secure_transport=True,
        service_context={key.lower(): value for key, value in case["context"].items()},
    )
    policies = [parse_policy_document(document) for document in asked["policies"][case["role"]]]
    decisions.append(evaluate(context, policies).decision)
print(json.dumps(decisions))
