"""Getting onto the host."""

from __future__ import annotations

from dataclasses import dataclass, replace

from wcsdiag.host.interface import Host, HostError
from wcsdiag.host.local import LocalHost
from wcsdiag.host.ssh import connect
from wcsdiag.lifetime import Lifetime
from wcsdiag.model import Evidence, Fix, Unavailable
from wcsdiag.redact import Redactor, Secret
from wcsdiag.registry import fact
from wcsdiag.target import Target


@dataclass(frozen=True)
class HostAccess:
    """The host, connected. `notes` are things to report though they did not stop us."""

    host: Host
    notes: tuple[str, ...] = ()


@fact
def host_access(target: Target, lifetime: Lifetime, redactor: Redactor) -> HostAccess:
    """Connect once; everybody shares it until the run ends.

    Where that fails, the `HostError` is the cause (`__cause__`) of what is raised: HST101 judges
    by its `reason`.
    """
    if target.ssh_password is not None:
        redactor.learn(target.ssh_password)
    if target.is_local:
        local = LocalHost(target.host, lifetime)
        lifetime.on_end(local.close)
        return HostAccess(local)
    try:
        host = connect(redacting(target, redactor), lifetime)
    except HostError as error:
        raise unreachable(target, error) from error
    lifetime.on_end(host.close)
    return HostAccess(host, host.notes)


def unreachable(target: Target, error: HostError) -> Unavailable:
    """What stands for the host where it could not be reached."""
    return Unavailable(
        f"no way onto the host: {error.reason.value}",
        because="HST101",
        evidence=(Evidence(str(error), f"operator: SSH to {target.host}"),),
        fix=Fix(error.hint) if error.hint else None,
    )


def redacting(target: Target, redactor: Redactor) -> Target:
    """The same target, whose typed passwords are secrets from the moment that they are typed."""

    def ask(prompt: str) -> Secret | None:
        secret = target.ask_password(prompt)
        if secret is not None:
            redactor.learn(secret)
        return secret

    return replace(target, ask_password=ask)
