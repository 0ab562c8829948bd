"""Add bytecode to bundled sources: Lambda cannot write any, so that each cold start compiles them anew."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

import jsii
from aws_cdk import (
    BundlingFileAccess,
    BundlingOptions,
    BundlingOutput,
    DockerImage,
    DockerVolume,
    ILocalBundling,
)
from aws_cdk import aws_lambda as lambda_

from .._bundle.bytecode import COMPILE, interpreter


def bytecode(source: str, runtime: lambda_.Runtime, *, folder: str, deployed: str) -> BundlingOptions:
    """Return how CDK adds the bytecode: by an interpreter of the runtime, else in Docker.

    The hash of the asset stays that of its sources, so that it is the same wherever it was compiled.

    :param source: the folder of the asset.
    :param runtime: the runtime to compile for.
    :param folder: the folder inside ``source`` that the asset holds.
    :param deployed: where Lambda has the asset, for tracebacks.
    """
    compiling = f"cd /asset-output && python {' '.join(COMPILE)} -p {deployed} {folder}"
    return BundlingOptions(
        image=runtime.bundling_image,
        command=["bash", "-c", f"cp -r /asset-input/{folder} /asset-output && {compiling}"],
        local=_LocalBundling(source, runtime.name, folder, deployed),
    )


@jsii.implements(ILocalBundling)
class _LocalBundling:
    def __init__(self, source: str, runtime: str, folder: str, deployed: str) -> None:
        self._source, self._runtime, self._folder, self._deployed = source, runtime, folder, deployed

    def try_bundle(
        self,
        output_dir: str,
        *,
        image: DockerImage,
        bundling_file_access: BundlingFileAccess | None = None,
        command: Sequence[str] | None = None,
        entrypoint: Sequence[str] | None = None,
        environment: Mapping[str, str] | None = None,
        local: ILocalBundling | None = None,
        network: str | None = None,
        output_type: BundlingOutput | None = None,
        platform: str | None = None,
        security_opt: str | None = None,
        user: str | None = None,
        volumes: Sequence[DockerVolume | dict[str, Any]] | None = None,
        volumes_from: Sequence[str] | None = None,
        working_directory: str | None = None,
    ) -> bool:
        python = interpreter(self._runtime)
        if python is None:
            return False
        ignored = shutil.ignore_patterns("__pycache__", ".DS_Store")
        shutil.copytree(f"{self._source}/{self._folder}", f"{output_dir}/{self._folder}", ignore=ignored)
        # -p prepends to the names as they are given, so they are given relative to the asset
        subprocess.run([python, *COMPILE, "-p", self._deployed, self._folder], cwd=output_dir, check=True)
        return True
