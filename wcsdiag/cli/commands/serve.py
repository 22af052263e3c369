"""`wcsdiag serve`: a web server for hooks that shows what comes."""

from __future__ import annotations

from wcsdiag.cli.options import with_options
from wcsdiag.cli.serve_options import ServeOptions


@with_options(ServeOptions)
def command(*, options: ServeOptions) -> int:
    """Be a web server for hooks: answer and show each one.

    The REST URL of an app has to lead here; --bind lets other machines in.

    With WCSDIAG_HOOK_HASH_KEY set, hooks must be signed with that key, as WCS signs them. Ctrl-C
    ends it: with exit code 0 where nothing else was to end it, else with 130. Ended by --count
    or --duration it gives 0, 1 or 3 by what came.
    """
    from wcsdiag.cli.serving import list_of_faults, serve

    return list_of_faults() if options.list_faults else serve(options)
