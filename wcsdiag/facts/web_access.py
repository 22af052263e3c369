"""Getting onto the web server's machine, where the user has a way (`--web-ssh`)."""

from __future__ import annotations

from dataclasses import dataclass

from wcsdiag.facts.access import redacting
from wcsdiag.host.interface import Host, HostError
from wcsdiag.host.ssh import connect
from wcsdiag.lifetime import Lifetime
from wcsdiag.model import Evidence, Fix, NotApplicable, Unavailable
from wcsdiag.redact import Redactor
from wcsdiag.registry import fact
from wcsdiag.target import Target


@dataclass(frozen=True)
class WebServerAccess:
    """The web server's machine, connected."""

    host: Host


@fact
def web_server_access(target: Target, lifetime: Lifetime, redactor: Redactor) -> WebServerAccess:
    """Connect once. Nobody else judges this connection, so FWL107 says why there is none."""
    machine = target.web_server
    if machine is None:
        raise NotApplicable("There is no way onto the web server's machine (--web-ssh)")
    try:
        host = connect(redacting(machine, redactor), lifetime)
    except HostError as error:
        raise Unavailable(
            f"no way onto the web server's machine: {error.reason.value}",
            because="FWL107",
            evidence=(Evidence(str(error), f"operator: SSH to {machine.host}"),),
            fix=Fix(error.hint or f"Try it by hand: ssh {machine.host}"),
        ) from error
    lifetime.on_end(host.close)
    return WebServerAccess(host)
