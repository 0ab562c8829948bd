"""Read the table of the reasons for which Bedrock refuses a request.

Each row of ``refusals.json`` has Bedrock's words and where they were published. Those of constraints, types
and unions are of AWS's framework of services, those of a model mostly of Anthropic's. Nothing of it was
compared with the service.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ..operations import ServiceError

DATA = "refusals.json"
#: Exceptions that AWS's framework has and the service model does not.
FRAMEWORK_EXCEPTIONS = {"SerializationException": 400}
#: What Converse puts before the words of a model.
MODEL_PREFIX = "The model returned the following errors: "


@dataclass(frozen=True)
class Refusal:
    """A reason to refuse a request.

    :param name: by which the code refers to it
    :param text: the message, with fields in braces
    :param source: where the message was reported; for ``ours``, where the rule is documented
    :param exception: the exception of the response. Default: ValidationException
    :param model: whether these are the words of a model. Default: False
    :param ours: whether they are the stand-in's, where nobody has published those of the service. Default:
        False
    """

    name: str
    text: str
    source: str
    exception: str = "ValidationException"
    model: bool = False
    ours: bool = False


class RefusedError(ServiceError):
    """Raised when a request is refused.

    :param refusal: the reason
    :param message: its text with the fields filled in
    """

    def __init__(self, refusal: Refusal, message: str) -> None:
        super().__init__(refusal.exception, message)
        self.refusal = refusal


@cache
def refusals() -> dict[str, Refusal]:
    """Return the table, by the names of its rows."""
    rows = json.loads(files(__package__).joinpath(DATA).read_text("utf-8"))
    return {row["name"]: Refusal(**row) for row in rows}


def refused(reason: str, **fields: object) -> RefusedError:
    """Return the error of a refusal.

    :param reason: the name of a row of the table
    :param fields: what stands in the braces of its text
    """
    refusal = refusals()[reason]
    return RefusedError(refusal, refusal.text.format(**fields))
