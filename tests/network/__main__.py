"""`make lab-net`: the network for a person, until Ctrl-C."""

from __future__ import annotations

import logging
import signal
import sys
from pathlib import Path

from tests.network.network import HOST_NAME, URL, WEB_NAME, Network, lacking, open_network
from tests.network.services import CLI_PASSWORD

_TEXT = """\
Three machines and a router between them, IPv4 and IPv6:

  operator    192.0.2.2     {operator}
  host        198.51.100.2  {host}   ({host_name}: OpenSSH, a stand-in WCS)
  web server  203.0.113.2   {web}   ({web_name}: OpenSSH, nginx on 9091, another on 9092)
  router      .1 of each    {router}

The REST URL of the one app is {url}. As root, in another terminal:

  # a shell of the operator's; Ctrl-D leaves it
  ip netns exec {operator} env {environment} bash --norc

  # in it: is all well? The web server's machine may be looked at too: --web-ssh root@{web_name}
  wcsdiag all --host {host_name} --wcs-home {wcs_home}
  ssh -F {home}/.ssh/config {host_name}

  # a rule on the host, and without it again
  ip netns exec {host} iptables -A OUTPUT -p tcp --dport 9091 -j DROP
  ip netns exec {host} iptables -F OUTPUT

  # others: a rule on the web server, one on the router, a route that is missing
  ip netns exec {web} nft add table inet filter
  ip netns exec {web} nft add chain inet filter input '{{ type filter hook input priority 0; }}'
  ip netns exec {web} nft add rule inet filter input tcp dport 9091 drop
  ip netns exec {router} iptables -A FORWARD -o web -p tcp --dport 9091 -j REJECT
  ip netns exec {host} ip route add blackhole 203.0.113.0/24

Ctrl-C here ends it all and removes it.
"""


def main() -> int:
    """Open the network and wait."""
    problem = lacking()
    if problem:
        print(problem, file=sys.stderr)
        return 2
    # A probe that leaves the stand-in CLI at once is no news.
    logging.getLogger("paramiko").addHandler(logging.NullHandler())
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.default_int_handler)
    try:
        with open_network() as network:
            print(instructions(network), flush=True)
            signal.pause()
    except KeyboardInterrupt:
        print("removed", flush=True)
    return 0


def instructions(network: Network) -> str:
    """What a person can do with it."""
    path = f"{Path(sys.executable).parent}:/usr/sbin:/usr/bin:/sbin:/bin"
    shown = f"HOME={network.home} PATH={path} WCSDIAG_CLI_PASSWORD={CLI_PASSWORD}"
    return _TEXT.format(
        operator=network.operator.namespace,
        host=network.host.namespace,
        web=network.web_server.namespace,
        router=network.router.namespace,
        host_name=HOST_NAME,
        web_name=WEB_NAME,
        url=URL,
        environment=shown,
        wcs_home=network.wcs_home,
        home=network.home,
    )


if __name__ == "__main__":
    raise SystemExit(main())
