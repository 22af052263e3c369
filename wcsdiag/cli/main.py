"""The program's entry: every way to end has its exit code, and no error a traceback.

0 healthy, 1 unhealthy, 2 usage or configuration, 3 undetermined, 4 a bug in wcsdiag,
130 interrupted. What only asks for the version pays for nothing else.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence

from wcsdiag import __version__
from wcsdiag.errors import WcsdiagError

USAGE, BUG, INTERRUPTED = 2, 4, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give the exit code; `arguments` default to the process's."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if given == ["--version"]:
            return _version()
        with _terminated_as_interrupted():
            return _dispatch(given)
    except KeyboardInterrupt:
        _complain("interrupted")
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last resort: an exit code, not a traceback
        return _failed(error, debug=_wants_debug(given))


@contextlib.contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """SIGTERM, as `timeout` and pipelines send it, ends a run as Ctrl-C does: with its report."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


def _dispatch(arguments: list[str]) -> int:
    from wcsdiag.cli.app import build
    from wcsdiag.cli.debug import guard_stderr

    guard_stderr()
    code = build()(arguments, prog_name="wcsdiag", standalone_mode=False)
    return code if isinstance(code, int) else 0


def _version() -> int:
    from wcsdiag.cli.stream import write_out

    write_out(f"wcsdiag {__version__}\n")
    return 0


def _failed(error: Exception, *, debug: bool) -> int:
    if isinstance(error, WcsdiagError):
        hint = f" ({error.hint})" if error.hint else ""
        _complain(f"{error}{hint}")
        return USAGE
    if (message := _usage_message(error)) is not None:
        _complain(f"{message} (see {_command_of(error)} --help)")
        return USAGE
    _complain(f"a bug in wcsdiag: {type(error).__name__}: {error} (--debug shows where)")
    if debug:
        from wcsdiag.cli.debug import cleaned_traceback
        from wcsdiag.cli.stream import write_error

        write_error(cleaned_traceback(error))
    return BUG


def _usage_message(error: Exception) -> str | None:
    """What typer has to say about a command line; None where the error is not typer's.

    Told by its method: the class lies in typer or in click, depending on typer's version.
    """
    told = getattr(error, "format_message", None)
    return str(told()) if callable(told) else None


def _command_of(error: Exception) -> str:
    """The command that the error is about, as it was called: "wcsdiag send"."""
    return str(getattr(getattr(error, "ctx", None), "command_path", "") or "wcsdiag")


def _wants_debug(arguments: Sequence[str]) -> bool:
    asked = os.environ.get("WCSDIAG_DEBUG", "").lower()
    return "--debug" in arguments or asked in {"1", "true", "yes", "on", "t", "y"}


def _complain(message: str) -> None:
    from wcsdiag.cli.messages import tell

    tell(message)
