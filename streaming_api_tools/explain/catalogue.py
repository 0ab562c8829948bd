"""Reads the catalogue of known issues, ``catalogue.toml``, which explains its own members."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@dataclass(frozen=True)
class KnownIssue:
    """One entry; the members are those of the file."""

    id: str
    section: str
    title: str
    patterns: tuple[str, ...]
    cause: str
    fix: str
    sources: tuple[str, ...]
    perhaps: tuple[str, ...] = ()
    rather_than: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    described: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return the members that the command prints."""
        return {
            "id": self.id,
            "title": self.title,
            "patterns": list(self.patterns),
            "cause": self.cause,
            "fix": self.fix,
            "source": self.sources[0],
            "sources": list(self.sources),
        }


@dataclass(frozen=True)
class Catalogue:
    """All entries, and the headings of their sections."""

    sections: Mapping[str, str]
    issues: tuple[KnownIssue, ...]


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """Return the catalogue, in the order of its sections."""
    text = (files(__package__) / "catalogue.toml").read_text("utf-8")
    document = tomllib.loads(text)
    sections = document["sections"]
    issues = []
    for entry in document["issue"]:
        members: Mapping[str, list[str] | str] = entry
        texts = {name: each for name, each in members.items() if isinstance(each, str)}
        lists = {name: tuple(each) for name, each in members.items() if isinstance(each, list)}
        issues.append(KnownIssue(**texts, **lists))  # type: ignore[arg-type]
    issues.sort(key=lambda issue: list(sections).index(issue.section))
    return Catalogue(sections, tuple(issues))
