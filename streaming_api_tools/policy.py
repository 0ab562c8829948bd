"""Runs ``streaming-api policy``: the construct library works out the IAM policy of a model.

The library runs in a process of its own: it is no part of the tools. A test holds the options here to those
of the library.
"""

from __future__ import annotations

import os
import sys

import click


@click.command()
@click.argument("model_id")
@click.option("--region", required=True, metavar="REGION", help="Where the call is made.")
@click.option("--account", required=True, metavar="ID", help="The account that calls.")
@click.option("--partition", metavar="NAME", help="The partition.  [default: that of the Region]")
@click.option(
    "--destinations",
    metavar="R1,R2",
    help="Where a geographic inference profile may route to.  [default: any, through the profile only]",
)
@click.option(
    "--model",
    "models",
    metavar="MODEL_ID",
    multiple=True,
    help="A model behind an application inference profile, a prompt or a prompt router; may be repeated.",
)
@click.option(
    "--guardrail",
    metavar="ID[:VERSION]",
    help="The guardrail, by id or ARN, without which every call is denied.  [default: no guardrail]",
)
@click.option(
    "--guardrail-profile",
    metavar="ID",
    help="The profile of a guardrail with cross-Region inference, such as us.guardrail.v1:0.",
)
@click.option(
    "--project",
    metavar="ID",
    help="The project, by id or ARN, that the calls belong to.  [default: the account's default project]",
)
@click.option("--invoke", is_flag=True, help="Allow calls that do not stream as well.")
@click.option("--responses", is_flag=True, help="Allow OpenAI's Responses API of Bedrock as well, streamed.")
def policy(
    model_id: str,
    region: str,
    account: str,
    partition: str | None,
    destinations: str | None,
    models: tuple[str, ...],
    guardrail: str | None,
    guardrail_profile: str | None,
    project: str | None,
    invoke: bool,
    responses: bool,
) -> None:
    """Print the IAM policy document that streaming from a Bedrock model needs.

    MODEL_ID is an id or ARN, as the Bedrock runtime takes it as modelId.

    \b
    Exit codes:
      0  printed; warnings are on stderr
      2  wrong usage, or a model that cannot be called like this

    \b
    Examples:
      streaming-api policy amazon.nova-lite-v1:0 --region eu-west-1 --account 111122223333
      streaming-api policy us.amazon.nova-lite-v1:0 --region us-east-1 --account 111122223333 \\
        --destinations us-east-1,us-east-2,us-west-2
    """  # noqa: D301 - click looks for the character
    given = {
        "--region": region,
        "--account": account,
        "--partition": partition,
        "--destinations": destinations,
        "--guardrail": guardrail,
        "--guardrail-profile": guardrail_profile,
        "--project": project,
    }
    # NAME=VALUE, so that no value can be taken for an option
    options = [f"{name}={value}" for name, value in given.items() if value is not None]
    options += [f"--model={model}" for model in models]
    flags = {"--invoke": invoke, "--responses": responses}
    options += [name for name, given in flags.items() if given]
    sys.stdout.flush()
    argv = [sys.executable, "-m", "cdk_streaming_api.policy", *options, "--", model_id]
    os.execv(sys.executable, argv)  # noqa: S606 - replacing the process keeps signals and the exit code
