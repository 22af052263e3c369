"""The way to a host: one SSH connection, or several through each other (ProxyJump)."""

from __future__ import annotations

import time
from dataclasses import dataclass

from wcsdiag.host import operator, tcp_channel
from wcsdiag.host.authentication import Credentials, Login
from wcsdiag.host.failures import hint_for_connecting
from wcsdiag.host.handshake import shake_hands
from wcsdiag.host.interface import HostError, HostFailure, Stream
from wcsdiag.host.known_hosts import HostKeyPolicy, policy
from wcsdiag.host.peer import Peer
from wcsdiag.host.ssh_config import SshSettings, settings_for, settings_for_jump
from wcsdiag.host.transport import HostTransport
from wcsdiag.lifetime import Lifetime
from wcsdiag.target import Target

_MOST_JUMPS = 8
_BEFORE_RETRY_S = 0.3


@dataclass(frozen=True)
class Connection:
    """Logged in. `transports` are in the order they were opened; the last is the host's own."""

    transports: tuple[HostTransport, ...]
    settings: SshSettings
    notes: tuple[str, ...]

    @property
    def transport(self) -> HostTransport:
        """The host's own."""
        return self.transports[-1]

    def close(self) -> None:
        """Close all of them, the host's own first."""
        for transport in reversed(self.transports):
            transport.close()


def open_connection(target: Target, lifetime: Lifetime) -> Connection:
    """Connect and log in. Raises `HostError`; everything is closed then."""
    settings = settings_for(target)
    way = _Way(lifetime)
    try:
        for jump in _jumps(target, settings):
            way.go(jump, Credentials(None, target.ask_password), "jump host ")
        way.go(settings, Credentials(target.ssh_password, target.ask_password), "")
    except HostError:
        way.close()
        raise
    return Connection(tuple(way.transports), settings, tuple(way.notes))


def _jumps(target: Target, settings: SshSettings) -> list[SshSettings]:
    """The machines in between, the nearest first; the nearest may have jumps of its own."""
    found: list[SshSettings] = []
    wanted = settings.jumps
    while wanted:
        found[:0] = [settings_for_jump(target, jump) for jump in wanted]
        wanted = found[0].jumps
        if len(found) > _MOST_JUMPS:
            message = f"ProxyJump: more than {_MOST_JUMPS} machines, or a circle"
            raise HostError(HostFailure.CONFIGURATION, message)
    return found


class _Way:
    """The connections that were made so far, each through the one before."""

    def __init__(self, lifetime: Lifetime) -> None:
        self._lifetime = lifetime
        self.transports: list[HostTransport] = []
        self.notes: list[str] = []

    def close(self) -> None:
        for transport in reversed(self.transports):
            transport.close()

    def go(self, settings: SshSettings, credentials: Credentials, what: str) -> None:
        """Connect to one more machine and log in there."""
        try:
            transport = self._connect(settings)
        except HostError as error:
            if error.reason is not HostFailure.CLOSED_EARLY:
                raise _explained(error, what) from error
            # MaxStartups drops connections at random while others are logging in.
            time.sleep(min(_BEFORE_RETRY_S, self._lifetime.remaining()))
            try:
                transport = self._connect(settings)
            except HostError as second:
                raise _explained(second, what) from second
            self.notes.append(f"connected at the second attempt; the first: {error}")
        self.transports.append(transport)
        try:
            transport.auth_timeout = self._time()
            Login(transport, settings, credentials).run()
        except HostError as error:
            raise _explained(error, what) from error

    def _connect(self, settings: SshSettings) -> HostTransport:
        place = operator.where(settings.host, settings.port)
        judge = _policy_for(settings)
        end = time.monotonic() + self._time()
        stream = self._open_stream(settings)
        limit = max(0.1, min(end - time.monotonic(), self._lifetime.remaining()))
        transport = HostTransport(Peer(stream, limit), limit, judge.known_types())
        self._lifetime.on_end(transport.close)
        note = shake_hands(transport, place, limit, judge.check)
        if note:
            self.notes.append(note)
        return transport

    def _open_stream(self, settings: SshSettings) -> Stream:
        if not self.transports:
            return operator.open_by_name(settings.host, settings.port, self._time())
        before = self.transports[-1]
        return tcp_channel.open_tcp(before, settings.host, settings.port, self._time())

    def _time(self) -> float:
        limit = self._lifetime.timeout()
        if limit <= 0:
            message = "the time of the whole run was over (wcsdiag's own limit)"
            raise HostError(HostFailure.TIMED_OUT, message, hint="--deadline allows more time.")
        return limit


def _policy_for(settings: SshSettings) -> HostKeyPolicy:
    accept_new = settings.accept_new_host_key
    if settings.key_name:
        # OpenSSH takes a HostKeyAlias as it is, without the port.
        return policy(settings.key_name, 22, settings.known_hosts, accept_new=accept_new)
    return policy(settings.host, settings.port, settings.known_hosts, accept_new=accept_new)


def _explained(error: HostError, what: str) -> HostError:
    hint = error.hint or hint_for_connecting(error.reason)
    return HostError(error.reason, f"{what}{error}", hint=hint)
