"""Run ``python -m cdk_streaming_api.bundle SOURCE``: a function with its packages, ready for Lambda.

It runs before ``cdk synth``, which only reads the folder through :class:`BundledCode`. It needs uv or pip,
and neither aws_cdk, Node nor Docker.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from streaming_api_templates.output import guarded
from streaming_api_templates.plural import counted
from streaming_api_templates.printable import one_line

from ._bundle.build import MOST_BYTES, Bundle, bundle, largest
from ._bundle.errors import USAGE, NotBundled
from ._bundle.manifest import MODULE, Options, default_output
from ._bundle.target import (
    DEFAULT_ARCHITECTURE,
    DEFAULT_RUNTIME,
    MACHINES,
    Target,
    ThisMachine,
    is_runtime,
    this_machine,
)

PROGRAM = f"python -m {MODULE}"
#: as a shell reports a program that Ctrl-C has ended
INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Bundle each source and print a line for it; return the exit code."""
    arguments = _parser().parse_args(argv)
    if arguments.output and len(arguments.sources) > 1:
        return _refused("--output is for one SOURCE", USAGE)
    try:
        options = _options(arguments)
        for source in arguments.sources:
            output = arguments.output or default_output(source.resolve())
            made = bundle(source, output, options, arguments.installer)
            print(one_line(_report(_shown(output), made)))
    except NotBundled as reason:
        return _refused(str(reason), reason.exit_code)
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def _refused(reason: str, exit_code: int) -> int:
    print(f"{PROGRAM}: {one_line(reason)}", file=sys.stderr)
    return exit_code


def _options(arguments: argparse.Namespace) -> Options:
    target: Target | ThisMachine = this_machine()
    if not arguments.here:
        target = Target(arguments.runtime, arguments.architecture)
    return Options(target, arguments.unlocked, arguments.precompile, tuple(sorted(arguments.exclude)))


def _report(output: Path, made: Bundle) -> str:
    inputs, count = made.manifest.inputs, len(made.manifest.packages)
    size = f"{made.size / 2**20:.1f} MB of the {MOST_BYTES // 2**20} MB that Lambda takes unzipped"
    if not made.is_new:
        return f"{output}: up to date, {size}"
    parts = f"{counted(len(inputs.sources), 'file')} and {counted(count, 'package')}"
    text = f"{output}: {parts} for {inputs.options.target}, {size}"
    return text + largest(made.sizes) if count else text


def _shown(output: Path) -> Path:
    """Return a path as a reader finds it from here."""
    relative = Path(os.path.relpath(output))
    return output if relative.parts[:1] == ("..",) else relative


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Exit with a message that may quote an argument."""
        super().error(one_line(message))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog=PROGRAM,
        description="Put a function's own files and the packages of its requirements.txt into a folder, as "
        "wheels for Lambda. BundledCode reads the folder at synth. The same sources and locks make the same "
        "bytes, and nothing is done again while they are the same.",
        epilog="exit codes: 0 bundled, or up to date; 1 a package is not available, or the bundle is too "
        "large; 2 wrong usage, or requirements without hashes; 3 could not run. Unless it is 0, the bundle "
        "that was there stays.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "sources", metavar="SOURCE", nargs="+", type=Path, help="the folder of a function; may be several"
    )
    parser.add_argument(
        "--output", metavar="DIR", type=Path, help="where the bundle is (default: build/NAME beside SOURCE)"
    )
    parser.add_argument(
        "--runtime",
        type=_runtime,
        default=DEFAULT_RUNTIME,
        help=f"the function's runtime (default: {DEFAULT_RUNTIME}, as that of StreamingFunction)",
    )
    parser.add_argument(
        "--architecture",
        choices=list(MACHINES),
        default=DEFAULT_ARCHITECTURE,
        help=f"the function's instruction set (default: {DEFAULT_ARCHITECTURE})",
    )
    parser.add_argument(
        "--here",
        action="store_true",
        help="take packages for this machine and this Python, for the local gateway and tests",
    )
    parser.add_argument(
        "--unlocked", action="store_true", help="take requirements without hashes; needs uv, or --here"
    )
    parser.add_argument(
        "--precompile",
        action="store_true",
        help="add bytecode, which spares cold starts from compiling; needs the runtime's Python on the path",
    )
    parser.add_argument(
        "--exclude",
        metavar="PATTERN",
        action="append",
        default=[],
        help="leave out the function's files of this name or path, such as '*.md'; may be repeated",
    )
    parser.add_argument(
        "--installer", choices=["uv", "pip"], help="what installs (default: uv where it is there, else pip)"
    )
    return parser


def _runtime(text: str) -> str:
    if not is_runtime(text):
        raise argparse.ArgumentTypeError(f"'{text}' is not a runtime such as python3.14")
    return text


if __name__ == "__main__":
    # a name may have characters that the encoding of the terminal has not
    sys.exit(guarded(PROGRAM, main, errors="backslashreplace"))
