"""Plain help with the options in sections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typer.core import TyperArgument, TyperCommand

from wcsdiag.cli.options import FAULTS, JUDGEMENT, OUTPUT, RECORDING, RUNNING, TARGET

if TYPE_CHECKING:
    from typer._click import Context, HelpFormatter

_ARGUMENTS, _REST = "Arguments", "Options"
_ORDER = (_ARGUMENTS, TARGET, JUDGEMENT, FAULTS, RECORDING, RUNNING, OUTPUT, _REST)


class SectionedCommand(TyperCommand):
    """A command whose help has a section per panel of its options.

    typer itself does so only with rich's markup, which costs twice the start-up time.
    """

    def format_options(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write a section per panel."""
        sections: dict[str, list[tuple[str, str]]] = {title: [] for title in _ORDER}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                rest = _ARGUMENTS if isinstance(parameter, TyperArgument) else _REST
                panel = str(getattr(parameter, "rich_help_panel", None) or rest)
                sections.setdefault(panel, []).append(record)
        for title, records in sections.items():
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)
