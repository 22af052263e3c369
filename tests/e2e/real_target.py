"""A WCS host made of real parts: OpenSSH, nginx, files laid out as WCS lays them out.

The WCS CLI cannot be had: the lab's stand-in listens in its place, on the machine's own loopback.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.network.services import serve_cli, serve_http
from tests.support import free_port
from tests.support_nginx import running_nginx
from tests.support_sshd import running_sshd
from wcsdiag.lab.account import Account
from wcsdiag.lab.scenario import LabApp, Scenario
from wcsdiag.lab.wcs_home import PID_FILE, WcsHome, flashphoner_properties, write_home
from wcsdiag.lab.wcs_process import core_process, stand_in_java
from wcsdiag.redact import Secret
from wcsdiag.target import Target

HOST_ADDRESS = "127.0.0.2"
CLI_PASSWORD = "real-cli-password"

# nginx has the body of a request only where it passes it on: so it passes it to itself.
_ECHO = """
server {{
    listen 127.0.0.1:{port};
    location / {{
        proxy_pass http://127.0.0.1:{inner};
        proxy_set_header X-Body $request_body;
        proxy_set_body "";
    }}
}}
server {{
    listen 127.0.0.1:{inner};
    large_client_header_buffers 4 32k;
    location / {{
        default_type application/json;
        return 200 $http_x_body;
    }}
}}
"""
_BROKEN = """
server {{
    listen 127.0.0.1:{port};
    location / {{ return {status}; }}
}}
"""


@dataclass(frozen=True)
class RealTarget:
    """What a run is to be given, and the REST URL of the one app."""

    target: Target
    url: str
    home: WcsHome


def echoing(port: int) -> str:
    """The configuration of an nginx that answers a hook as it should be answered."""
    return _ECHO.format(port=port, inner=free_port())


def answering(port: int, status: int) -> str:
    """The configuration of an nginx that answers every hook with a status of its own."""
    return _BROKEN.format(port=port, status=status)


@contextlib.contextmanager
def real_target(
    directory: Path, *, status: int = 200, sshd_options: tuple[str, ...] = ()
) -> Iterator[RealTarget]:
    """A target whose web server answers with `status`; `sshd_options` are lines for OpenSSH."""
    web_port, cli_port = free_port(), free_port()
    nginx = echoing(web_port) if status == 200 else answering(web_port, status)
    app = LabApp(url=f"http://127.0.0.1:{web_port}/hooks")
    with contextlib.ExitStack() as stack:
        listeners = {name: _listen(stack) for name in ("ws", "wss", "http", "https")}
        serve_http(stack, listeners["http"])
        settings = {
            **flashphoner_properties(Scenario(), HOST_ADDRESS),
            **{f"{name}.port": str(each.getsockname()[1]) for name, each in listeners.items()},
        }
        home = write_home(directory / "wcs", Scenario(), (app,), settings)
        account = Account(pwd.getpwuid(os.geteuid()).pw_name)
        java = stand_in_java(directory)
        pid = stack.enter_context(core_process(account, home.path, java))
        (home.path / PID_FILE).write_text(f"{pid}\n")
        cli = socket.create_server(("127.0.0.1", cli_port))
        serve_cli(stack, cli, (app,), settings, CLI_PASSWORD)
        stack.enter_context(running_nginx(directory, nginx, web_port))
        sshd = stack.enter_context(
            running_sshd(directory / "sshd", sshd_options, address=HOST_ADDRESS)
        )
        target = sshd.target(
            cli_port=cli_port, cli_password=Secret(CLI_PASSWORD), wcs_home=str(home.path)
        )
        assert app.url is not None
        yield RealTarget(target, app.url, home)


def _listen(stack: contextlib.ExitStack) -> socket.socket:
    return stack.enter_context(socket.create_server(("0.0.0.0", 0)))
