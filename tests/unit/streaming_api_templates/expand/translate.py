"""Print what aws-sam-translator makes of templates: a JSON object of them on stdin, one of results on stdout.

It runs in an environment of its own, ``make oracles``, and imports nothing of this project.
"""

from __future__ import annotations

import json
import os
import sys
from importlib.metadata import version
from typing import Any


class Policies:
    """Stands for the list of managed policies, which the translator asks AWS for."""

    def load(self) -> dict[str, str]:
        """Return the policies that the templates name."""
        names = ("AWSLambdaBasicExecutionRole", "service-role/AWSLambdaBasicExecutionRole")
        return {name.rpartition("/")[2]: f"arn:aws:iam::aws:policy/{name}" for name in names}


def packaged(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return a template as ``sam package`` leaves it: local code is in a bucket."""
    if isinstance(value, list):
        return [packaged(each) for each in value]
    if not isinstance(value, dict):
        return value
    local = {"CodeUri", "ContentUri"}
    return {name: "s3://b/k" if name in local else packaged(each) for name, each in value.items()}


def translated(template: dict[str, Any]) -> dict[str, Any]:
    """Return the translated template, or why the translator refuses it."""
    from samtranslator.model.exceptions import InvalidDocumentException  # type: ignore[import-not-found]
    from samtranslator.translator.transform import transform  # type: ignore[import-not-found]

    try:
        return {"template": transform(packaged(template), {}, Policies())}
    except InvalidDocumentException as error:
        return {"refused": " ".join(cause.message for cause in error.causes)}


if __name__ == "__main__":
    os.environ["AWS_DEFAULT_REGION"] = "eu-west-1"
    results = {name: translated(template) for name, template in json.load(sys.stdin).items()}
    print(json.dumps({"version": version("aws-sam-translator"), "results": results}))
