"""Writes the help of commands with many options, in groups."""

from __future__ import annotations

from collections.abc import Mapping

import click


class GroupedCommand(click.Command):
    """A command whose help has its options under headings.

    :param groups: heading -> names of parameters, in the order of the help; the others are under "Options"
    """

    def __init__(
        self, name: str | None, *, groups: Mapping[str, str] | None = None, **settings: object
    ) -> None:
        super().__init__(name, **settings)  # type: ignore[arg-type]
        self.groups = {heading: names.split() for heading, names in (groups or {}).items()}

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, group by group."""
        records = {
            param.name: record for param in self.get_params(ctx) if (record := param.get_help_record(ctx))
        }
        for heading, names in self.groups.items():
            with formatter.section(heading):
                formatter.write_dl([records.pop(name) for name in names])
        with formatter.section("Options"):
            formatter.write_dl(list(records.values()))
