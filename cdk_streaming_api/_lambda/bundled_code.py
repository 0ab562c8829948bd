"""Give a bundled function to the CDK, if the bundle is there and of the sources as they are."""

from __future__ import annotations

import os
from pathlib import Path

from aws_cdk import Annotations, IgnoreMode
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from .._bundle.errors import NotBundled
from .._bundle.manifest import NAME as MANIFEST
from .._bundle.manifest import Manifest, Options, command, default_output, difference, read
from .._bundle.sources import inputs_of
from .._bundle.target import Target, ThisMachine
from .._common.keyword_options import InitSignature, checks_arguments
from .._common.tokens import check_known


class BundledCode(lambda_.AssetCode):
    """The code of a function with its packages, as ``python -m cdk_streaming_api.bundle`` has made it.

    Synth installs nothing: it reads the folder, and says what to run when it is missing or its sources have
    changed since::

        search = StreamingFunction(self, "Search", code=BundledCode("catalogue"), handler="app.handler")

    docs/how-to-own-app.md has the command; ``cdk`` runs it before each synth as ``build`` of cdk.json.
    """

    __signature__ = InitSignature()

    @checks_arguments
    def __init__(self, source: str, *, output: str | None = None) -> None:
        """Read a bundle.

        :param source: the folder of the function, with ``requirements.txt``.
        :param output: the folder of the bundle. Default: - build/NAME beside the source
        :raises ValueError: when there is no bundle, or one of other sources, with the command that makes it.
        """
        for name, path in (("source", source), ("output", output)):
            check_known(f"{name} of BundledCode", path, "it is read there")
        at = Path(source).resolve()
        folder = Path(output).resolve() if output is not None else default_output(at)
        self._source, self._folder, self._manifest = at, folder, _fresh(at, folder)
        super().__init__(str(folder), exclude=[f"/{MANIFEST}"], ignore_mode=IgnoreMode.GIT)

    @checks_arguments
    def bind(self, scope: Construct) -> lambda_.CodeConfig:
        """Return the asset; a function with packages of this machine gets a warning.

        :param scope: the function.
        """
        if isinstance(self._manifest.inputs.options.target, ThisMachine):
            again = _shown(self._source, self._folder, self._options_for(Target()))
            Annotations.of(scope).add_warning_v2(
                "cdk-streaming-api:bundledHere",
                f"the packages in '{_relative(self._folder)}' are of this machine, for the local gateway; "
                f"before a deployment run: {again}",
            )
        return super().bind(scope)

    def _check_target(self, subject: str, runtime: str, architecture: str) -> None:
        """Refuse a function that has another runtime or instruction set than the packages."""
        made = self._manifest.inputs.options.target
        if isinstance(made, Target) and made != (wanted := Target(runtime, architecture)):
            again = _shown(self._source, self._folder, self._options_for(wanted))
            raise ValueError(
                f"code of {subject} is bundled for {made}, the function is {wanted}; run: {again}"
            )

    def _options_for(self, target: Target) -> Options:
        made = self._manifest.inputs.options
        return Options(target, made.unlocked, made.precompile, made.exclude)


def check_target(subject: str, code: lambda_.Code, runtime: str, architecture: str) -> None:
    """Refuse bundled code whose packages are for another runtime or instruction set.

    :param subject: whose code it is, for the message.
    :param architecture: Lambda's name of it.
    :raises ValueError: with the command that makes the bundle.
    """
    if isinstance(code, BundledCode):
        code._check_target(subject, runtime, architecture)


def _fresh(source: Path, folder: Path) -> Manifest:
    """Return the manifest of a bundle that is of its sources."""
    try:
        manifest = read(folder)
        options = manifest.inputs.options if manifest else Options()
        now = inputs_of(source, options)
    except NotBundled as reason:
        raise ValueError(f"code cannot be bundled: {reason}") from None
    again = _shown(source, folder, options)
    if manifest is None:
        raise ValueError(f"code in '{_relative(source)}' is not bundled; run: {again}")
    if stale := difference(manifest.inputs, now):
        raise ValueError(f"code in '{_relative(folder)}' is stale, {stale}; run: {again}")
    return manifest


def _shown(source: Path, folder: Path, options: Options) -> str:
    """Return the command with paths as they are from here."""
    output = None if folder == default_output(source) else Path(_relative(folder))
    shown = Path(_relative(source))
    return command(shown, output or default_output(shown), options)


def _relative(path: Path) -> str:
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative
