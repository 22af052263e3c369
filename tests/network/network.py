"""The whole network: machines, wires, services, and wcsdiag run by the operator."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.network.namespaces import Machine, machines
from tests.network.services import (
    CLI_PASSWORD,
    NGINX,
    SSHD,
    Wcs,
    plain_web_server,
    ssh_server,
    web_call_server,
    web_server,
)
from tests.network.wires import HOST, OPERATOR, WEB_SERVER, connect
from tests.support_sshd import make_key

HOST_NAME = "host.lab"
WEB_NAME = "web.lab"
WEB_PORT = 9091
PLAIN_PORT = 9092
URL = f"http://{WEB_NAME}:{WEB_PORT}/hooks"
NEEDED = ("ip", "ss", "nft", "iptables", SSHD, NGINX)

_MASQUERADE = """
nft -f - <<'END'
table ip address_translation {
  chain postrouting {
    type nat hook postrouting priority srcnat;
    iifname "host" oifname "web" masquerade
  }
}
END
"""
_SSH_CONFIG = """
Host *
  User root
  IdentityFile {folder}/.ssh/id_ed25519
  IdentitiesOnly yes
  UserKnownHostsFile {folder}/.ssh/known_hosts
"""


@dataclass(frozen=True)
class Plan:
    """What the network is like. The default is healthy.

    `listen` is where nginx listens (none: it does not run), with `status` as its answer.
    `web_addresses` are those of the web server's name; `host_names` what the host's /etc/hosts
    has beside or in place of it. With `masquerade` the router hides the host behind itself.
    """

    wcs: Wcs = field(default_factory=lambda: Wcs(URL))
    listen: tuple[str, ...] = (str(WEB_PORT), f"[::]:{WEB_PORT}")
    status: int = 200
    web_addresses: tuple[str, ...] = (WEB_SERVER.address,)
    host_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    host_sshd: tuple[str, ...] = ()
    masquerade: bool = False


@dataclass(frozen=True)
class Network:
    """The machines of an open network. `home` is the operator's home, with keys and ssh config."""

    operator: Machine
    host: Machine
    web_server: Machine
    router: Machine
    home: Path
    wcs_home: Path
    access_log: Path | None

    @property
    def by_role(self) -> dict[str, Machine]:
        """The machines by the names that a person calls them."""
        all_of = (self.operator, self.host, self.web_server, self.router)
        return {machine.role: machine for machine in all_of}

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a program of the operator."""
        return {
            "PATH": f"{Path(sys.executable).parent}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin",
            "HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
            "WCSDIAG_CLI_PASSWORD": CLI_PASSWORD,
        }

    def wcsdiag(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run wcsdiag as the operator: a sub-command with its own arguments, and the host's."""
        wcsdiag = str(Path(sys.executable).parent / "wcsdiag")
        command, *more = arguments
        about = ("--host", HOST_NAME, "--wcs-home", str(self.wcs_home))
        return self.operator.run(wcsdiag, command, *about, *more, env=self.environment)

    def report(self, *arguments: str) -> dict[str, object]:
        """The report of `wcsdiag all` as JSON."""
        done = self.wcsdiag("all", "--format", "json", *arguments)
        assert done.stdout, f"exit code {done.returncode}: {done.stderr}"
        report: dict[str, object] = json.loads(done.stdout)
        return report


def lacking() -> str | None:
    """Why there can be no network here, or None."""
    if os.geteuid() != 0:
        return "the network needs root"
    missing = [name for name in NEEDED if shutil.which(name, path=_path()) is None]
    if missing:
        return f"not installed: {', '.join(missing)}"
    done = subprocess.run(["unshare", "-n", "true"], capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else f"no network namespaces: {done.stderr.strip()}"


@contextlib.contextmanager
def open_network(plan: Plan | None = None) -> Iterator[Network]:
    """Build the network and start its services; end them and remove it with the block."""
    with contextlib.ExitStack() as stack:
        yield _open(plan or Plan(), stack)


def _open(plan: Plan, stack: contextlib.ExitStack) -> Network:
    folder = Path(tempfile.mkdtemp(prefix="wcsdiag-network-"))
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    # WCS runs as another user than root, and has its home in it.
    folder.chmod(0o755)
    operator, host, web, router = stack.enter_context(machines("operator", "host", "web", "router"))
    connect(router, ((operator, OPERATOR), (host, HOST), (web, WEB_SERVER)))
    if plan.masquerade:
        router.sh(_MASQUERADE)
    names = {HOST_NAME: (HOST.address,), WEB_NAME: plan.web_addresses}
    operator.names(names)
    host.names({**names, **plan.host_names})
    home = folder / "home"
    (home / ".ssh").mkdir(parents=True)
    key = make_key(home / ".ssh/id_ed25519")
    keys = {
        HOST_NAME: stack.enter_context(ssh_server(host, folder / "ssh", key, plan.host_sshd)),
        WEB_NAME: stack.enter_context(ssh_server(web, folder / "web_ssh", key)),
    }
    _let_in(home, keys)
    log = None
    if plan.listen:
        nginx = web_server(web, folder / "nginx", plan.listen, WEB_PORT, plan.status)
        log = stack.enter_context(nginx)
    stack.enter_context(plain_web_server(web, WEB_SERVER.address, PLAIN_PORT))
    wcs = stack.enter_context(web_call_server(host, folder / "wcs", plan.wcs, HOST.address))
    return Network(operator, host, web, router, home, wcs.path, log)


def _let_in(home: Path, host_keys: Mapping[str, str]) -> None:
    """Give the operator an ssh config, and the keys of the machines by their names."""
    (home / ".ssh/config").write_text(_SSH_CONFIG.format(folder=home))
    lines = "".join(f"{name} {key}\n" for name, key in host_keys.items())
    (home / ".ssh/known_hosts").write_text(lines)


def _path() -> str:
    return os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
