"""Run ``streaming-api local``: its options, and what it prints."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TextIO

import click
from botocore.exceptions import BotoCoreError
from botocore.session import Session

from .. import event_loop
from ..aws import configured_region
from ..errors import CouldNotRun, cannot_listen
from ..help import GroupedCommand
from ..printable import log_line
from .application import Application, UnsupportedError
from .gateway.authorizers.iam import Access, Keys
from .gateway.hardening import allow_connections
from .http.address import LOOPBACK
from .http.limits import CONCURRENCY, NO_LIMITS, Limits
from .options import (
    OPTION_GROUPS,
    backends_of,
    check_combinations,
    commands_of,
    environment_of,
    key_set_of,
    openai_url_of,
    origins_of,
    parameters_of,
    template_of,
)
from .reload import serve_and_reload
from .serve import Settings, announcement, serve
from .templates.cloud_assembly import SourceError
from .templates.source import Source

DEFAULT_REGION = "us-east-1"
#: Where the runtime client of Node.js is installed, unless STREAMING_API_CACHE says where.
DEFAULT_CACHE = ".cache/streaming-api"


@click.command(cls=GroupedCommand, groups=OPTION_GROUPS)
@click.argument("cdk_out", type=click.Path(path_type=Path), default=Path("cdk.out"))
@click.option(
    "--stack",
    metavar="NAME",
    help="The stack to serve; needed when several have a REST API, or a function URL.",
)
@click.option(
    "--template", type=click.Path(path_type=Path), help="Serve a CloudFormation or SAM template instead."
)
@click.option("--deployed", metavar="STACK", help="Serve a deployed stack, read back through the AWS APIs.")
@click.option("--endpoint-url", metavar="URL", help="Where the AWS APIs of --deployed are.")
@click.option(
    "--parameter",
    "parameters",
    metavar="NAME=VALUE",
    multiple=True,
    help="The value of a parameter of the template.  [default: what the template says]",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=3000, show_default=True, help="0 takes a free one."
)
@click.option(
    "--host",
    metavar="ADDRESS",
    default=LOOPBACK,
    show_default=True,
    help="Where to listen; beyond loopback others can run the functions.",
)
@click.option(
    "--bedrock",
    metavar="standin|aws|URL",
    default="standin",
    show_default=True,
    help="What the functions talk to: a local stand-in, the real service, or the model of an "
    "OpenAI-compatible server, such as http://127.0.0.1:11434/v1 for Ollama.",
)
@click.option(
    "--bedrock-model", metavar="NAME", help="Which model of that server.  [default: the first it lists]"
)
@click.option(
    "--bedrock-lenient", is_flag=True, help="Let the stand-in answer requests that Bedrock would refuse."
)
@click.option(
    "--token-delay",
    type=click.FloatRange(0),
    default=40,
    show_default=True,
    metavar="MS",
    help="Milliseconds between the tokens of the stand-in.",
)
@click.option(
    "--backend",
    "backends",
    metavar="HOST=URL",
    multiple=True,
    help="Where the server of a private integration is, such as svc.internal=http://127.0.0.1:9000.",
)
@click.option(
    "--function",
    "commands",
    metavar="NAME=COMMAND",
    multiple=True,
    help="Run a function by a command of yours, for a debugger; {} in it is the usual command.",
)
@click.option(
    "--cut-failed",
    is_flag=True,
    help="Cut a response whose function reports an error at its end.  [default: it ends as if it were whole]",
)
@click.option("--watch", is_flag=True, help="Reload when the template or the code of a function changes.")
@click.option(
    "--concurrency",
    type=click.IntRange(1),
    default=CONCURRENCY,
    show_default=True,
    help="How many invocations may run at the same time, as an account has it.",
)
@click.option("--no-limits", is_flag=True, help="Turn bandwidth limits, time limits and throttling off.")
@click.option(
    "--time-scale",
    type=click.FloatRange(0, min_open=True),
    default=1,
    show_default=True,
    metavar="FACTOR",
    help="Let bandwidth and time limits go by so many times faster.",
)
@click.option(
    "--jwks",
    metavar="FILE|URL",
    help="The JSON web key set that tokens of Cognito user pools are verified with.",
)
@click.option(
    "--allow-host",
    "allow_hosts",
    metavar="NAME",
    multiple=True,
    help="Answer requests for this host name, too; .NAME is for all names below it.",
)
@click.option(
    "--allow-origin",
    "allow_origins",
    metavar="ORIGIN",
    multiple=True,
    callback=lambda ctx, param, values: origins_of(values),
    help="Let pages of this origin call routes that nothing authorizes; * for all.",
)
@click.option("--no-auth", is_flag=True, help="Turn every authorizer off.")
@click.option(
    "--access-log", type=click.File("a", lazy=False), help="Write the access log here, not to stderr."
)
@click.option("--json", "as_json", is_flag=True, help="Say in JSON where it listens.")
def local(
    cdk_out: Path,
    stack: str | None,
    template: Path | None,
    deployed: str | None,
    endpoint_url: str | None,
    parameters: tuple[str, ...],
    port: int,
    host: str,
    bedrock: str,
    bedrock_model: str | None,
    bedrock_lenient: bool,
    token_delay: float,
    backends: tuple[str, ...],
    commands: tuple[str, ...],
    cut_failed: bool,
    watch: bool,
    concurrency: int,
    no_limits: bool,
    time_scale: float,
    jwks: str | None,
    allow_hosts: tuple[str, ...],
    allow_origins: tuple[str, ...],
    no_auth: bool,
    access_log: TextIO | None,
    as_json: bool,
) -> None:
    """Serve a stack on loopback, streaming as API Gateway does.

    CDK_OUT is the directory that 'cdk synth' writes (default: cdk.out), or a template, as for check. A route
    of the API is at http://127.0.0.1:PORT/STAGE/PATH, a function URL at .../_aws/lambda-url/LOGICAL_ID/.
    Ends on Ctrl-C.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        # also before it serves; leaving by an exception removes what was unpacked
        signal.signal(number, lambda *_: sys.exit(0))
    check_combinations(endpoint_url, deployed, watch, parameters, bedrock, bedrock_lenient)
    template = template or template_of(cdk_out)
    session = Session()
    try:
        region = configured_region(session) or DEFAULT_REGION
    except BotoCoreError as error:
        raise CouldNotRun(str(error)) from error
    with ExitStack() as running:
        scratch = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="streaming-api-")))
        source = Source(
            region, scratch, cdk_out, stack, template, deployed, endpoint_url, parameters_of(parameters)
        )
        try:
            application = source.load()
        except (SourceError, UnsupportedError) as error:
            raise CouldNotRun(str(error)) from error
        access = Access(enforced=False) if no_auth else _access(application, session)
        if jwks:
            access = replace(access, jwks=key_set_of(jwks))
        openai = openai_url_of(bedrock, bedrock_model)
        settings = Settings(
            access=access,
            log=_to_stderr,
            access_log=_to_stderr,
            port=port,
            host=host,
            environment=environment_of(bedrock, endpoint_url),
            token_delay=token_delay / 1000 if bedrock == "standin" else None,
            openai_url=openai,
            openai_model=bedrock_model,
            bedrock_lenient=bedrock_lenient,
            backends=backends_of(backends),
            commands=commands_of(commands, application),
            secrets=bedrock != "aws",
            limits=NO_LIMITS if no_limits else Limits(time_scale=time_scale, concurrency=concurrency),
            cut_failed=cut_failed,
            allow_hosts=allow_hosts,
            allow_origins=allow_origins,
            cache=Path(os.environ.get("STREAMING_API_CACHE", DEFAULT_CACHE)),
        )
        if access_log is not None:
            settings = replace(settings, access_log=lambda line: print(line, file=access_log, flush=True))
        event_loop.run(_run(application, settings, as_json, source if watch else None))


def _access(application: Application, session: Session) -> Access:
    """Return the keys that requests must be signed with: those that the gateway was started with."""
    kinds = [route.authorization for api in application.apis for route in api.routes]
    if "AWS_IAM" not in (*kinds, *(url.authorization for url in application.urls)):
        return Access()
    try:
        credentials = session.get_credentials()
    except BotoCoreError as error:
        raise CouldNotRun(f"{error}; or pass --no-auth") from error
    if credentials is None:
        raise CouldNotRun(
            "no AWS credentials to check signatures with; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY "
            "(any values, such as test) or pass --no-auth"
        )
    frozen = credentials.get_frozen_credentials()
    return Access(Keys(frozen.access_key, frozen.secret_key, frozen.token))


async def _run(application: Application, settings: Settings, as_json: bool, watched: Source | None) -> None:
    allow_connections()
    # what is loaded by now stays; collections that look through all of it would delay chunks
    gc.freeze()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)

    def ready(url: str) -> None:
        print(json.dumps(announcement(application, url)) if as_json else f"listening on {url}", flush=True)

    try:
        if watched is None:
            await serve(application, settings, ready, stop)
        else:
            await serve_and_reload(watched, application, settings, ready, stop)
    except UnsupportedError as error:
        raise CouldNotRun(str(error)) from error
    except OSError as error:
        raise cannot_listen(settings.port, error) from error


def _to_stderr(line: str) -> None:
    # functions and clients may have put anything into it
    print(log_line(line), file=sys.stderr, flush=True)
