"""Find the code of functions and layers on this machine: assets, paths, archives and inline code."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path

from streaming_api_templates.template.lenient_json import Json
from streaming_api_templates.template.resolve import Resolver

from ..application import UnsupportedError


class AssetCode:
    """Finds the code of functions and layers on disk.

    :param directory: where paths in the template begin
    :param assets: the files by the object keys that the template has for them
    :param scratch: where archives and inline code are unpacked
    """

    def __init__(
        self, directory: Path, assets: Mapping[str, Path], resolver: Resolver, scratch: Path
    ) -> None:
        self._root = directory
        self._assets = assets
        self._resolver = resolver
        self._scratch = scratch

    def of_function(self, logical_id: str, resource: Mapping[str, Json]) -> Path:
        """Return the directory with the code of a function."""
        return self._directory(logical_id, resource, "Code")

    def of_layer(self, logical_id: str, resource: Mapping[str, Json]) -> Path:
        """Return the directory with the content of a layer."""
        return self._directory(logical_id, resource, "Content")

    def _directory(self, logical_id: str, resource: Mapping[str, Json], name: str) -> Path:
        where = f"{logical_id}.{name}"
        properties = resource.get("Properties")
        code = properties.get(name) if isinstance(properties, dict) else None
        if isinstance(code, dict) and "ZipFile" in code:
            runtime = properties.get("Runtime") if isinstance(properties, dict) else None
            runtime = self._resolver.resolve(runtime, f"{logical_id}.Runtime")
            return self._inline(logical_id, self._resolver.text(code["ZipFile"], f"{where}.ZipFile"), runtime)
        path = self._path(resource, code, where)
        if path.is_dir():
            return path.resolve()
        if zipfile.is_zipfile(path):
            return unpack(path, self._scratch / logical_id)
        raise UnsupportedError(where, f"{path} is neither a directory nor a zip archive")

    def _path(self, resource: Mapping[str, Json], code: Json, where: str) -> Path:
        if isinstance(code, str):
            return self._root / code
        if isinstance(code, dict) and "S3Key" in code:
            key = self._resolver.text(code["S3Key"], f"{where}.S3Key")
            if key in self._assets:
                return self._assets[key]
        metadata = resource.get("Metadata")
        if isinstance(metadata, dict) and "aws:asset:path" in metadata:
            return self._root / str(metadata["aws:asset:path"])
        raise UnsupportedError(where, "the code is not on this machine")

    def _inline(self, logical_id: str, source: str, runtime: Json) -> Path:
        directory = self._scratch / logical_id
        directory.mkdir(exist_ok=True)
        name = "index.js" if str(runtime).startswith("nodejs") else "index.py"
        (directory / name).write_text(source, "utf-8")
        return directory


def unpack(archive: Path, directory: Path) -> Path:
    """Unpack a zip archive and return where it is; ``extract`` keeps every member inside the directory."""
    with zipfile.ZipFile(archive) as members:
        for member in members.infolist():
            path = Path(members.extract(member, directory))
            # an executable stays one, which zipfile itself forgets
            if member.external_attr >> 16 & stat.S_IXUSR and not member.is_dir():
                path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return directory
