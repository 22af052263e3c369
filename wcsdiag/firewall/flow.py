"""One packet's source, destination, protocol and port, as the front ends spell them."""

from __future__ import annotations

from dataclasses import dataclass

from wcsdiag.firewall.model import Address, Packet


@dataclass(frozen=True)
class Flow:
    """What an opening is for. `port` is None for protocols that have none.

    `source` None means everyone, for what serves clients. With `last_port` it is a range.
    """

    source: Address | None
    destination: Address
    protocol: str
    port: int | None
    last_port: int | None = None

    @staticmethod
    def of(packet: Packet) -> Flow:
        """The flow that a packet begins."""
        return Flow(packet.source, packet.destination, packet.protocol, packet.dport)

    @property
    def version(self) -> int:
        """4 or 6."""
        return self.destination.version

    def ports(self, separator: str) -> str:
        """The port, or both ends of the range."""
        one = self.last_port is None or self.last_port == self.port
        return str(self.port) if one else f"{self.port}{separator}{self.last_port}"

    def iptables(self) -> str:
        """Conditions of an iptables rule."""
        source = "" if self.source is None else f"-s {self.source} "
        port = "" if self.port is None else f" --dport {self.ports(':')}"
        return f"{source}-d {self.destination} -p {self.protocol}{port}"

    def nft(self) -> str:
        """Conditions of an nft rule."""
        layer = "ip6" if self.version == 6 else "ip"
        source = "" if self.source is None else f"{layer} saddr {self.source} "
        ends = f"{source}{layer} daddr {self.destination}"
        if self.port is None:
            return f"{ends} meta l4proto {self.protocol}"
        return f"{ends} {self.protocol} dport {self.ports('-')}"

    def rich(self, priority: int | None = None) -> str:
        """A rich rule of firewalld. It has no names for protocols without ports but their own."""
        first = "" if priority is None else f'priority="{priority}" '
        source = "" if self.source is None else f' source address="{self.source}"'
        what = (
            f'protocol value="{self.protocol}"'
            if self.port is None
            else f'port port="{self.ports("-")}" protocol="{self.protocol}"'
        )
        return (
            f'rule {first}family="ipv{self.version}"{source}'
            f' destination address="{self.destination}" {what} accept'
        )
