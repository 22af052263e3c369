"""The servers of one lab, started behind the doors that were opened for them."""

from __future__ import annotations

import os
import ssl
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

# This module is imported inside functions only, when a lab opens.
import paramiko  # noqa: TID253

from wcsdiag.lab.account import Account
from wcsdiag.lab.addresses import Addresses, Door, Place
from wcsdiag.lab.certificates import issue, self_signed
from wcsdiag.lab.cli_commands import CliCommands
from wcsdiag.lab.cli_server import cli_ssh
from wcsdiag.lab.execution import Commands
from wcsdiag.lab.legacy_ssh import legacy_host_key
from wcsdiag.lab.listeners import Listeners, Receive
from wcsdiag.lab.ports import HTTP_PORT, MANAGER_HTTP_PORT
from wcsdiag.lab.scenario import SSH_PORT, LabApp, LabPool, LabWebServer, Scenario, Tls
from wcsdiag.lab.ssh_server import SshConnections, host_ssh
from wcsdiag.lab.ssh_transport import quiet
from wcsdiag.lab.trust import VARIABLE, trusted_authority
from wcsdiag.lab.tunnels import Network
from wcsdiag.lab.web_server import WebSite, idle_statistics, tls_context, web_port

_OTHER_NAME = "other.lab"
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class WcsSays:
    """What the stand-in WCS answers: apps with complete URLs, its settings, the CLI's password."""

    apps: tuple[LabApp, ...]
    settings: Mapping[str, str]
    password: str


@dataclass(frozen=True)
class Served:
    """What a client needs to log in on the lab host, and the web server's site."""

    client_key: Path
    known_hosts: Path
    site: WebSite


class Servers:
    """Starts everything that listens; the stack undoes it."""

    def __init__(
        self,
        scenario: Scenario,
        addresses: Addresses,
        account: Account,
        root: Path,
        stack: ExitStack,
    ) -> None:
        self._scenario = scenario
        self._addresses = addresses
        self._root = root
        self._stack = stack
        self._closed = threading.Event()
        self._listeners = Listeners()
        self._connections = SshConnections()
        self._environment = _environment(root, account)
        self._account = account
        stack.callback(self._listeners.close)
        stack.callback(self._connections.close)
        stack.callback(self._closed.set)
        quiet()

    def start(self, says: WcsSays) -> Served:
        """Start the servers."""
        site = WebSite(self._scenario.web_server, self._closed, self._web_tls())
        client_key, host_key = paramiko.ECDSAKey.generate(), paramiko.ECDSAKey.generate()
        cli_key = legacy_host_key() if self._scenario.cli.legacy else paramiko.ECDSAKey.generate()
        roles = self._own_http() | {
            Door(Place.PUBLIC, SSH_PORT): self._host_ssh(host_key, client_key),
            Door(Place.PRIVATE, self._cli_port): self._cli_ssh(cli_key, says),
            Door(Place.WEB_SERVER, self._scenario.web_port): web_port(site, self._listeners),
        }
        for door, listener in self._addresses.sockets.items():
            self._listeners.add(listener, roles.get(door, self._listeners.forget))
        self._listeners.start()
        key_file = self._root / "client_key"
        client_key.write_private_key_file(str(key_file))
        return Served(key_file, self._write_known_hosts(host_key, cli_key), site)

    @property
    def _cli_port(self) -> int:
        return self._scenario.generation.cli_port

    def _host_ssh(self, host_key: paramiko.PKey, client_key: paramiko.PKey) -> Receive:
        host = self._scenario.host
        commands = Commands(self._account, self._environment, Path("/"))
        self._stack.callback(commands.close)
        accepted = client_key if host.accepts_login else None
        network = self._network()
        return host_ssh(host_key, accepted, commands, network.connect, self._connections)

    def _cli_ssh(self, host_key: paramiko.PKey, says: WcsSays) -> Receive:
        commands = CliCommands(self._scenario.cli, says.apps, says.settings)
        prompt = ">" if self._scenario.has_manager else "%"
        return cli_ssh(host_key, says.password, commands, prompt, self._closed, self._connections)

    def _own_http(self) -> dict[Door, Receive]:
        """WCS's own HTTP ports, where the built-in EchoApp answers."""
        if self._scenario.has_manager:
            places = {Door(Place.PRIVATE, MANAGER_HTTP_PORT): "/EchoApp"}
        else:
            places = {Door(Place.PUBLIC, HTTP_PORT): "/apps/EchoApp"}
        pool = self._scenario.host.pool
        return {
            door: web_port(
                WebSite(
                    LabWebServer(),
                    self._closed,
                    echo_app_prefix=prefix,
                    statistics=partial(statistics_page, pool),
                ),
                self._listeners,
            )
            for door, prefix in places.items()
        }

    def _network(self) -> Network:
        host, addresses = self._scenario.host, self._addresses
        return Network(
            addresses.private,
            addresses.public,
            addresses.web_server,
            host.route,
            fill_names(host.names, addresses),
            {alias: addresses.fill(real) for alias, real in host.aliases.items()},
            self._closed,
            host.forwarding,
        )

    def _web_tls(self) -> ssl.SSLContext | None:
        spec = self._scenario.web_server
        if spec.tls is None:
            return None
        pem = self._root / "web_server.pem"
        pem.touch(mode=0o600)
        pem.write_bytes(self._certificate(spec.tls))
        return tls_context(pem, tls13_only=spec.tls13_only)

    def _certificate(self, kind: Tls) -> bytes:
        address = self._addresses.web_server
        if kind is Tls.SELF_SIGNED:
            return self_signed(address)
        trust = self._stack.enter_context(trusted_authority())
        # For programs of the lab host that the probe may fall back to.
        self._environment |= {VARIABLE: str(trust.file), "CURL_CA_BUNDLE": str(trust.file)}
        name = _OTHER_NAME if kind is Tls.WRONG_NAME else address
        return issue(trust.authority, name, expired=kind is Tls.EXPIRED)

    def _write_known_hosts(self, host_key: paramiko.PKey, cli_key: paramiko.PKey) -> Path:
        public = self._addresses.public
        known = [(f"[{public}]:{SSH_PORT}", host_key)]
        known += [
            (f"[{name}]:{self._cli_port}", cli_key) for name in ("127.0.0.1", "localhost", public)
        ]
        file = self._root / "known_hosts"
        file.write_text(
            "".join(f"{name} {key.get_name()} {key.get_base64()}\n" for name, key in known)
        )
        return file


def statistics_page(pool: LabPool | None) -> bytes:
    """What `/?action=stat` prints (wcs.md 5, 13): the heading of the pool's part is not known."""
    if pool is None:
        return idle_statistics()
    counters = (
        f"ports_rest_api_leased={pool.leased}\n"
        f"ports_rest_api_available={pool.available}\n"
        f"ports_rest_api_pending={pool.pending}\n"
    )
    return idle_statistics() + counters.encode()


def fill_names(
    names: Mapping[str, tuple[str, ...]], addresses: Addresses
) -> dict[str, tuple[str, ...]]:
    """The names that the lab host's resolver knows, with the lab's addresses in them."""
    return {name: tuple(map(addresses.fill, found)) for name, found in names.items()}


def _environment(root: Path, account: Account) -> dict[str, str]:
    environment = {
        "PATH": f"{root / 'bin'}:{_PATH}",
        "HOME": "/",
        "USER": account.name,
        "LOGNAME": account.name,
        "SHELL": "/bin/sh",
    }
    zone = os.environ.get("TZ")
    return environment if zone is None else {**environment, "TZ": zone}
