"""What runs on the machines: real OpenSSH and nginx, a second plain web server, and a WCS."""

from __future__ import annotations

import contextlib
import http.server
import os
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import paramiko

from tests.network.namespaces import Machine
from tests.support_sshd import make_key, public_key
from wcsdiag.lab.account import choose_account
from wcsdiag.lab.cli_commands import CliCommands
from wcsdiag.lab.cli_server import cli_ssh
from wcsdiag.lab.listeners import Listeners
from wcsdiag.lab.scenario import (
    LabApp,
    LabCli,
    LabLog,
    LabPool,
    LabSettings,
    LabWebServer,
    Scenario,
)
from wcsdiag.lab.servers import statistics_page
from wcsdiag.lab.ssh_server import SshConnections
from wcsdiag.lab.wcs_home import PID_FILE, WcsHome, flashphoner_properties, write_home
from wcsdiag.lab.wcs_process import core_process, stand_in_java
from wcsdiag.lab.web_server import WebSite, web_port

SSHD = "/usr/sbin/sshd"
NGINX = "/usr/sbin/nginx"
CLI_PORT = 2001
CLI_PASSWORD = "network-cli-password"
_HTTP_PORT = 8081
_SILENT_PORTS = (8080, 8443, 8444)
_PRIVATE_PORTS = (50999, 7777)

# nginx has the body of a request only where it passes it on: so it passes it to itself.
_NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        {listen}
        location / {{
            proxy_pass http://unix:{folder}/inner.sock;
            proxy_set_header X-Body $request_body;
            proxy_set_body "";
        }}
    }}
    server {{
        listen unix:{folder}/inner.sock;
        access_log off;
        large_client_header_buffers 4 32k;
        location / {{
            default_type application/json;
            return {status} $http_x_body;
        }}
    }}
}}
"""


@contextlib.contextmanager
def ssh_server(
    machine: Machine, folder: Path, user_key: Path, options: Sequence[str] = ()
) -> Iterator[str]:
    """OpenSSH on port 22 of all addresses, for root with `user_key`; yields its host key."""
    Path("/run/sshd").mkdir(exist_ok=True)
    folder.mkdir()
    host_key = make_key(folder / "host_key")
    authorized = folder / "authorized_keys"
    authorized.write_text(public_key(user_key) + "\n")
    lines = (
        "Port 22",
        f"HostKey {host_key}",
        f"AuthorizedKeysFile {authorized}",
        f"PidFile {folder / 'sshd.pid'}",
        *options,
        "PermitRootLogin yes",
        "StrictModes no",
        "UsePAM no",
        "PasswordAuthentication no",
    )
    (folder / "sshd_config").write_text("\n".join(lines) + "\n")
    log = folder / "sshd.log"
    command = (SSHD, "-D", "-e", "-f", str(folder / "sshd_config"))
    with machine.running(*command, log=log) as process:
        machine.wait_for(22, process, log)
        yield " ".join(public_key(host_key).split()[:2])


@contextlib.contextmanager
def web_server(
    machine: Machine, folder: Path, listen: Sequence[str], port: int, status: int = 200
) -> Iterator[Path]:
    """nginx that answers hooks as it should, or with `status`. Yields its access log.

    `listen` holds what nginx's directive takes: "9091", "127.0.0.1:9091", "[::]:9091".
    """
    folder.mkdir()
    directives = " ".join(f"listen {place};" for place in listen)
    text = _NGINX.format(folder=folder, listen=directives, status=status)
    (folder / "nginx.conf").write_text(text)
    command = (NGINX, "-c", str(folder / "nginx.conf"), "-p", str(folder), "-e", "stderr")
    log = folder / "nginx.log"
    with machine.running(*command, log=log) as process:
        machine.wait_for(port, process, log)
        yield folder / "access.log"


class _Echo(http.server.BaseHTTPRequestHandler):
    """Answers a hook with its own body."""

    def do_POST(self) -> None:
        """One hook."""
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as it is called
        """Say nothing."""


@contextlib.contextmanager
def plain_web_server(machine: Machine, address: str, port: int) -> Iterator[None]:
    """A second web server, not nginx, that answers hooks."""
    with machine.inside():
        server = http.server.ThreadingHTTPServer((address, port), _Echo)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(frozen=True)
class Wcs:
    """The stand-in WCS of the host. `jvm_ipv4_only` is its preferIPv4Stack, true as shipped;
    `jvm` are further options of its Java.

    `failures` are the lines of the log after `Got exception in REST`; `open_to_all` are private
    ports that listen on every address. `more_urls` are the REST URLs of further apps.
    """

    url: str
    settings: Mapping[str, str] = field(default_factory=dict)
    jvm_ipv4_only: bool = True
    jvm: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    open_to_all: tuple[int, ...] = ()
    more_urls: tuple[str, ...] = ()

    @property
    def apps(self) -> tuple[LabApp, ...]:
        """One app per REST URL."""
        more = enumerate(self.more_urls, 2)
        others = (LabApp(name=f"app{number}", key=f"app{number}", url=url) for number, url in more)
        return (LabApp(url=self.url), *others)


@contextlib.contextmanager
def web_call_server(machine: Machine, folder: Path, wcs: Wcs, public: str) -> Iterator[WcsHome]:
    """WCS on the host: its home, its process (as another user than root), its ports, its CLI."""
    scenario = replace(
        Scenario(), settings=LabSettings(wcs.settings, wcs.jvm), log=LabLog(failures=wcs.failures)
    )
    settings = flashphoner_properties(scenario, public)
    folder.mkdir(mode=0o755)
    home = write_home(folder / "wcs", scenario, wcs.apps, settings)
    if not wcs.jvm_ipv4_only:
        _let_use_ipv6(home)
    with contextlib.ExitStack() as stack:
        # Who starts something inside need not stay there for as long as it runs.
        with machine.inside():
            process = core_process(choose_account(), home.path, stand_in_java(folder))
            pid = stack.enter_context(process)
            for port in (*_SILENT_PORTS, *_PRIVATE_PORTS):
                stack.enter_context(_listening(port, wcs))
            http, cli = _listening(_HTTP_PORT, wcs), _listening(CLI_PORT, wcs)
        (home.path / PID_FILE).write_text(f"{pid}\n")
        serve_http(stack, http)
        serve_cli(stack, cli, wcs.apps, settings, CLI_PASSWORD)
        yield home


def _listening(port: int, wcs: Wcs) -> socket.socket:
    everywhere = port in {_HTTP_PORT, *_SILENT_PORTS, *wcs.open_to_all}
    return socket.create_server(("0.0.0.0" if everywhere else "127.0.0.1", port))


def serve_http(stack: contextlib.ExitStack, listener: socket.socket) -> None:
    """WCS's own HTTP port: the EchoApp, and the page with the counters of an idle pool."""
    closed = threading.Event()
    listeners = Listeners()
    stack.callback(listeners.close)
    stack.callback(closed.set)
    statistics = partial(statistics_page, LabPool())
    site = WebSite(LabWebServer(), closed, echo_app_prefix="/apps/EchoApp", statistics=statistics)
    listeners.add(listener, web_port(site, listeners))
    listeners.start()


def _let_use_ipv6(home: WcsHome) -> None:
    properties = home.path / "conf/wcs-core.properties"
    before = properties.stat()
    properties.write_text(properties.read_text().replace("-Djava.net.preferIPv4Stack=true\n", ""))
    os.utime(properties, (before.st_atime, before.st_mtime))


def serve_cli(
    stack: contextlib.ExitStack,
    listener: socket.socket,
    apps: tuple[LabApp, ...],
    settings: dict[str, str],
    password: str,
) -> None:
    """The stand-in of the WCS CLI, since the real one cannot be had."""
    closed = threading.Event()
    connections = SshConnections()
    listeners = Listeners()
    stack.callback(listeners.close)
    stack.callback(connections.close)
    stack.callback(closed.set)
    commands = CliCommands(LabCli(), apps, settings)
    key = paramiko.ECDSAKey.generate()
    listeners.add(listener, cli_ssh(key, password, commands, "%", closed, connections))
    listeners.start()
