"""Runs the console script ``streaming-api``: tools for a workstation or CI; nothing here is deployed."""

from __future__ import annotations

import os
import sys

from streaming_api_templates.output import guarded

#: The distributions of the extra ``tools``, by the name they are imported with.
TOOLS_EXTRA = frozenset(
    {"aiohttp", "awslambdaric", "boto3", "botocore", "click", "h11", "rich", "tomli", "yarl"}
)
#: What a shell reports for a process that ended by SIGINT.
INTERRUPTED = 130
COULD_NOT_RUN = 3


def run() -> int:
    """Run the command line and return its exit code."""
    import click

    from .cli import cli
    from .proxies import exempt_own_hosts

    exempt_own_hosts(os.environ)
    try:
        # https://no-color.org and https://force-color.org, which click leaves to its users
        forced = True if os.environ.get("FORCE_COLOR") else None
        color = False if os.environ.get("NO_COLOR") else forced
        code = cli.main(prog_name="streaming-api", standalone_mode=False, color=color)
    except click.UsageError as failure:
        if type(failure).__name__ == "NoArgsIsHelpError":
            # of click 8.2 and later: the message is the help
            click.echo(failure.format_message(), err=True)
            return failure.exit_code
        path = failure.ctx.command_path if failure.ctx else "streaming-api"
        click.echo(f"{path}: {failure.format_message()} (see '{path} --help')", err=True)
        return failure.exit_code
    except click.ClickException as failure:
        failure.show()
        return failure.exit_code
    except click.Abort:
        return INTERRUPTED
    return code if isinstance(code, int) else 0


def main() -> None:
    """Run the command line and exit; expected failures are one line on stderr."""
    # a terminal that is not UTF-8 shows a question mark instead of ending the command
    sys.exit(guarded("streaming-api", _run_installed, errors="replace"))


def _run_installed() -> int:
    try:
        return run()
    except KeyboardInterrupt:  # the imports of a command take a while too
        return INTERRUPTED
    except ModuleNotFoundError as missing:
        distribution = (missing.name or "").partition(".")[0]
        if distribution not in TOOLS_EXTRA:
            raise
        from importlib.metadata import version

        wheel = f"cdk_streaming_api-{version('cdk-streaming-api')}-py3-none-any.whl"
        print(
            f"streaming-api: {distribution} is not installed; install the wheel with its extra: "
            f"pip install './{wheel}[tools]'",
            file=sys.stderr,
        )
        return COULD_NOT_RUN


if __name__ == "__main__":
    main()
