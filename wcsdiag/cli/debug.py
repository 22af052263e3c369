"""What `--debug` shows, and the one redactor that everything shown goes through."""

from __future__ import annotations

import logging
import os
import sys
import threading
import traceback
from functools import cache

from wcsdiag.config import SECRET_KEYS, SECRET_VARIABLES, variable_of
from wcsdiag.redact import RedactingFormatter, Redactor, Secret

_FORMAT = "%(asctime)s %(threadName)s %(name)s %(levelname)s %(message)s"


@cache
def current_redactor() -> Redactor:
    """The process's redactor: what a run learned is kept out of a crash's traceback too.

    It knows the variables' passwords from the start: a plugin may show them before any run.
    """
    redactor = Redactor()
    for key in (*SECRET_KEYS, *SECRET_VARIABLES):
        redactor.learn(Secret(os.environ.get(variable_of(key), "")))
    return redactor


def log_to_stderr(redactor: Redactor) -> None:
    """Show every log line on stderr, cleaned."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter(redactor, _FORMAT))
    logging.basicConfig(level=logging.DEBUG, handlers=[handler], force=True)
    logging.raiseExceptions = False


def guard_stderr() -> None:
    """Let nothing reach stderr uncleaned: neither other packages' logs nor threads that crash."""
    logging.basicConfig(handlers=[logging.NullHandler()])  # else Python prints warnings itself
    threading.excepthook = _log_crash


def _log_crash(crash: threading.ExceptHookArgs) -> None:
    error = crash.exc_value or crash.exc_type()
    logging.getLogger(__name__).error("a thread ended: %s", cleaned_traceback(error))


def cleaned_traceback(error: BaseException) -> str:
    """The error's traceback without secrets."""
    return current_redactor().clean("".join(traceback.format_exception(error))).rstrip("\n")
