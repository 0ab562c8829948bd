"""``python -m cdk_streaming_api.policy MODEL_ID``: the IAM policy of a Bedrock model, for people without CDK.

It prints what :meth:`BedrockModel.grant_stream` grants, and needs neither aws_cdk nor Node.
"""

from __future__ import annotations

import argparse
import json
import re
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from streaming_api_templates.output import guarded
from streaming_api_templates.template.partitions import is_region, partition_of

from ._bedrock.guardrail import Guardrail
from ._bedrock.invoked_model import DEFAULT_PROJECT, InvokedModel, SourceRegion
from ._bedrock.model_id import BedrockModelKind, parse
from ._bedrock.statements import (
    INVOKE,
    STREAM,
    IamStatement,
    policy_document,
    responses_statements,
    statements,
)
from ._bedrock.warnings import model_warnings

USAGE_ERROR = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Print the policy document on stdout and what deserves a word on stderr; return the exit code."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    for region in (arguments.region, *arguments.destinations):
        # a partition that is named may have Regions that this version does not know
        if not arguments.partition and not is_region(region):
            example = "such as us-east-1; --partition takes a new one as it is"
            print(f"{parser.prog}: '{region}' is not the name of a Region, {example}", file=sys.stderr)
            return USAGE_ERROR
    source = SourceRegion(
        arguments.partition or partition_of(arguments.region), arguments.region, arguments.account
    )
    try:
        target = _target(arguments)
        document = policy_document(_statements(arguments, target, source))
    except ValueError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return USAGE_ERROR
    for warning in model_warnings(target, source):
        print(f"{parser.prog}: warning: {warning.message}", file=sys.stderr)
    print(json.dumps(document, indent=2))
    return 0


def _statements(
    arguments: argparse.Namespace, target: InvokedModel, source: SourceRegion
) -> list[IamStatement]:
    if arguments.responses:
        return responses_statements(target, source)
    return statements(target, source, (INVOKE, STREAM) if arguments.invoke else (STREAM,))


def _target(arguments: argparse.Namespace) -> InvokedModel:
    """Return what is called; the destinations are of the geographic profile, wherever it stands."""
    behind = [parse(model_id) for model_id in arguments.model]
    geographic = any(model.kind is BedrockModelKind.GEOGRAPHIC_INFERENCE_PROFILE for model in behind)
    return InvokedModel(
        parse(arguments.model_id),
        models=tuple(
            InvokedModel(model, destination_regions=arguments.destinations)
            if model.kind is BedrockModelKind.GEOGRAPHIC_INFERENCE_PROFILE
            else InvokedModel(model)
            for model in behind
        ),
        destination_regions=() if geographic else arguments.destinations,
        guardrail=_guardrail(arguments.guardrail, arguments.guardrail_profile),
        project=arguments.project,
    )


def _guardrail(guardrail: str | None, profile: str | None) -> Guardrail | None:
    if guardrail is None:
        if profile is not None:
            raise ValueError(f"guardrail profile '{profile}' needs --guardrail")
        return None
    named = Guardrail.parse(guardrail)
    return named if profile is None else named.with_profile(profile)


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE_ERROR, f"{self.prog}: {message} (see '{self.prog} --help')\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="streaming-api policy",
        description="Print the IAM policy document that streaming from a Bedrock model needs.",
        epilog="example: streaming-api policy us.amazon.nova-lite-v1:0 --region us-east-1 "
        "--account 111122223333 --destinations us-east-1,us-east-2,us-west-2",
        allow_abbrev=False,
    )
    parser.add_argument(
        "model_id", metavar="MODEL_ID", help="id or ARN, as the Bedrock runtime takes it as modelId"
    )
    parser.add_argument(
        "--region",
        required=True,
        type=_matching("[a-z0-9-]{1,20}", "the name of a Region"),
        help="where the call is made",
    )
    parser.add_argument(
        "--account",
        required=True,
        type=_matching("[0-9]{12}", "an account id, of 12 digits"),
        help="the account that calls",
    )
    parser.add_argument(
        "--partition",
        type=_matching("aws(-[a-z]+)*", "the name of a partition"),
        help="default: the partition of the region",
    )
    parser.add_argument(
        "--destinations",
        metavar="R1,R2",
        type=_regions,
        default=(),
        help="where a geographic inference profile may route to (default: any, through the profile only)",
    )
    parser.add_argument(
        "--model",
        metavar="MODEL_ID",
        action="append",
        default=[],
        help="a model behind an application inference profile, a prompt or a prompt router; may be repeated",
    )
    parser.add_argument(
        "--guardrail",
        metavar="ID[:VERSION]",
        help="id or ARN of the guardrail without which every call is denied (default: no guardrail)",
    )
    parser.add_argument(
        "--guardrail-profile",
        metavar="ID",
        help="guardrail profile of a guardrail with cross-Region inference, like us.guardrail.v1:0",
    )
    parser.add_argument(
        "--project",
        metavar="ID",
        default=DEFAULT_PROJECT,
        help="id or ARN of the project that the calls belong to (default: the account's default project)",
    )
    calls = parser.add_mutually_exclusive_group()
    calls.add_argument("--invoke", action="store_true", help="allow calls that do not stream as well")
    calls.add_argument(
        "--responses", action="store_true", help="allow OpenAI's Responses API of Bedrock as well, streamed"
    )
    return parser


class _matching:
    """The form of an argument, as argparse's ``type``."""

    def __init__(self, pattern: str, form: str) -> None:
        self.pattern, self.form = pattern, form

    def __call__(self, text: str) -> str:
        if not re.fullmatch(self.pattern, text):
            raise argparse.ArgumentTypeError(f"'{text}' is not {self.form}")
        return text


def _regions(text: str) -> tuple[str, ...]:
    return tuple(_matching("[a-z0-9-]{1,20}", "the name of a Region")(region) for region in text.split(","))


if __name__ == "__main__":
    # Ctrl-C ends other programs without a word
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(guarded("streaming-api policy", main))
