"""Requests that iam-simulate does not decide on, and why: their decisions are ministack's alone."""

from __future__ import annotations

import re

from tests.oracles.iam_cases import Case

#: A pattern of the resource -> why. The Service Authorization Reference has no such resource of the action.
UNDECIDED = {
    r":project/": "Bedrock's user guide has projects, the Service Authorization Reference has none",
    r"^arn:aws:bedrock:::foundation-model/": "the Region of a global inference profile's model is empty",
    r":custom-model/": "a custom model is invoked where it is deployed; `policy` allows it with a warning",
}


def undecided(case: Case) -> str | None:
    """Return the pattern by which iam-simulate does not decide on a case."""
    return next((each for each in UNDECIDED if re.search(each, case.resource)), None)
