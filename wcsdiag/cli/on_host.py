"""What a command without checks needs of a host: its facts, and a connection that stays."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from wcsdiag.cli.debug import current_redactor, log_to_stderr
from wcsdiag.cli.deliver_traffic import UNDETERMINED
from wcsdiag.cli.messages import tell, warn
from wcsdiag.cli.options import DebugOptions, TargetOptions, variable
from wcsdiag.cli.settings import settle_host, settle_target
from wcsdiag.errors import UsageError, WcsdiagError
from wcsdiag.gathering import FactMissingError, Gathered, gather_facts
from wcsdiag.lifetime import Lifetime
from wcsdiag.redact import Redactor
from wcsdiag.target import Intent, Target

NO_TIME = timedelta(0)


@dataclass(frozen=True)
class OnHost:
    """The facts that were wanted, and the time that is left."""

    target: Target
    facts: Gathered
    lifetime: Lifetime


@contextlib.contextmanager
def on_host(
    options: TargetOptions,
    wanted: Sequence[type],
    *,
    since: timedelta | None = None,
    goes_on_for: timedelta = NO_TIME,
) -> Iterator[OnHost]:
    """Gather the facts; what was connected stays so for `goes_on_for` more, within this context.

    Raises `UsageError` before anything is connected to.
    """
    from wcsdiag.cli.prompt import Prompter
    from wcsdiag.plugins import load

    redactor = current_redactor()
    settings = settle_target(options, redactor, os.environ)
    warn(settings.warnings)
    show_debug_log(options)
    prompter = Prompter(redactor)
    target = replace(settings.target, ask_password=prompter)
    intent = settings.intent if since is None else replace(settings.intent, since=since)
    deadline = settings.deadline + goes_on_for
    lifetime = Lifetime(settings.timeout.total_seconds(), deadline.total_seconds())
    inputs: dict[type, object] = {
        Target: target,
        Intent: intent,
        Lifetime: lifetime,
        Redactor: redactor,
    }
    try:
        yield OnHost(target, gather_facts(load(), wanted, inputs, lifetime), lifetime)
    finally:
        lifetime.end()
        prompter.restore()


def require_host(options: TargetOptions, otherwise: str) -> None:
    """A command that can do without a host says how, where none was named anywhere.

    Raises `UsageError`.
    """
    if not settle_host(options, current_redactor(), os.environ):
        raise UsageError(
            "no host: give --host HOST, set WCSDIAG_HOST, or name it in the config file; or give "
            + otherwise
        )


def refuse_host_beside_files(options: TargetOptions) -> None:
    """A file is one of this machine; a host in the environment is for other times.

    Raises `UsageError`.
    """
    if options.host is not None and options.host != os.environ.get(variable("host")):
        raise UsageError("FILE is read on this machine, without --host: give one of them")


def show_debug_log(options: DebugOptions) -> None:
    """What `--debug` asks for."""
    if options.debug:
        log_to_stderr(current_redactor())


def could_not_tell(error: WcsdiagError) -> int:
    """Say what was in the way, and give the exit code of what could not be judged."""
    seen = error.evidence[0].text if isinstance(error, FactMissingError) and error.evidence else ""
    said = f"{error}: {seen}" if seen and seen not in str(error) else str(error)
    tell(f"{said} ({error.hint})" if error.hint else said)
    return UNDETERMINED
