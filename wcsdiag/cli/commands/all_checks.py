"""`wcsdiag all`: the main job."""

from __future__ import annotations

from wcsdiag.cli.options import Options, with_options


@with_options(Options)
def command(options: Options) -> int:
    """Run every check against a host: what is wrong, what mends it."""
    from wcsdiag.cli.session import run_and_report

    return run_and_report(options, ())
