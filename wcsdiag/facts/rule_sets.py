"""The rule sets of a machine, read in one command: nftables, iptables of both kinds, ipsets."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator
from dataclasses import dataclass

from wcsdiag.facts.access import HostAccess
from wcsdiag.facts.sections import Section, sections_of
from wcsdiag.facts.web_access import WebServerAccess
from wcsdiag.firewall.ipset_save import parse_ipset_save
from wcsdiag.firewall.iptables_save import parse_iptables_save
from wcsdiag.firewall.merge import merge
from wcsdiag.firewall.model import Backend, Decision, Family, Fate, Ruleset
from wcsdiag.firewall.nft_json import parse_nft_json
from wcsdiag.host.interface import Host, HostError, HostFailure
from wcsdiag.model import Evidence, Fix, Unavailable
from wcsdiag.registry import fact

_LIMIT = 64 << 20
_TOO_MUCH = f"more than {_LIMIT >> 20} MiB of rules (wcsdiag's own limit)"
_MOST_PROBLEMS = 5

# Each program asks for root by itself, so that sudoers may allow these programs and no shell.
# Where iptables has both variants, `iptables-save` is one of them and would tell it twice.
# The comment of a rule may hold any line, so the lines between have a word of this moment in them.
_READ = r"""LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"; export LC_ALL PATH
exec 3>&1
m="@@$$x$(date +%%s)"
user=$(id -un); echo "$m user $user"
s=; [ "$(id -u)" = 0 ] || s='sudo -n'
echo "$m frontends"
grep -qs '^ENABLED=yes' /etc/ufw/ufw.conf && echo ufw
cat /proc/[0-9]*/comm 2>/dev/null | grep -xE 'firewalld|dockerd|fail2ban-server' | sort -u
read_with() {
command -v "$2" >/dev/null 2>&1 || return 0
printf '%%s %%s %%s\n' "$m" "$1" "$2"; shift
e=$($s "$@" 2>&1 1>&3 3>&-); printf '\n%%s ended %%s\n%%.500s\n' "$m" "$?" "$e"
}
read_with nft nft -j list ruleset
both=
for v in nft legacy; do
for p in iptables ip6tables; do
command -v "$p-$v-save" >/dev/null 2>&1 && both=yes
read_with "${p%%tables}" "$p-$v-save" -c
done; done
[ "$both" ] || for p in iptables ip6tables; do read_with "${p%%tables}" "$p-save" -c; done
read_with ipset ipset save
"""
_FAMILIES = {"ip": Family.IP, "ip6": Family.IP6}
_BACKENDS = {"nft": Backend.IPTABLES_NFT, "legacy": Backend.IPTABLES_LEGACY}
_NOT_ROOT = ("permitted", "permission", "password", "sudo", "root", "not allowed")
_NOT_IN_KERNEL = ("modprobe", "insmod", "not supported", "does not exist", "upgraded")


@dataclass(frozen=True)
class RuleSets:
    """All rules of one machine. `machine` names it for evidence: "host".

    `read` are the programs that gave theirs; `refused` the literal words of those that did not.
    `front_ends` are what manages rules there: "ufw", "firewalld", "dockerd", "fail2ban-server".
    """

    machine: str
    ruleset: Ruleset
    read: tuple[str, ...]
    refused: tuple[str, ...] = ()
    front_ends: tuple[str, ...] = ()
    user: str = ""

    @property
    def known(self) -> bool:
        """True where the rules could be read and understood, all that there are."""
        return self.readable and not self.refused

    @property
    def readable(self) -> bool:
        """True where some were read, and what was read could be understood."""
        return bool(self.read) and not self.ruleset.problems

    def settles(self, decision: Decision) -> bool:
        """True where rules that were not read cannot change it: what one drops stays dropped."""
        return self.known or decision.fate in {Fate.DROPPED, Fate.REJECTED}

    @property
    def is_denied(self) -> bool:
        """True where it is a permission that is missing."""
        return any(_is_denial(words) for words in self.refused)

    @property
    def where(self) -> str:
        """For evidence: machine and programs."""
        pairs = {f"ip6{name.removeprefix('ip')}" for name in self.read}
        read = [name for name in self.read if name not in pairs]
        return f"{self.machine}: {', '.join(read) or 'rule sets'}"

    def why_unknown(self) -> tuple[Evidence, ...]:
        """The refusals and what was not understood, or that there was no program to ask."""
        said = (*self.refused, *self.ruleset.problems[:_MOST_PROBLEMS])
        text = "\n".join(said) or "neither nft nor iptables-save is installed"
        return (Evidence(text, self.where),)

    def why_in_short(self) -> str:
        """The same in a few words."""
        if self.is_denied:
            return f"the rules of the {self.machine} cannot be read without root"
        if not self.read and not self.refused:
            return f"the {self.machine} has neither nft nor iptables-save to read its rules with"
        return f"the rules of the {self.machine} were not read whole, or not understood"

    def grant(self) -> Fix:
        """What to allow, so that the rules can be read."""
        programs = "/usr/sbin/nft -j list ruleset, /usr/sbin/iptables*-save -c"
        line = (
            f"{self.user or 'USER'} ALL=(root) NOPASSWD: {programs}, /usr/sbin/ip6tables*-save -c"
        )
        return Fix(
            f"Let the SSH user read the rules (visudo on the {self.machine}), or log in as root.",
            (line,),
        )


@dataclass(frozen=True)
class HostRules:
    """The rules of the host."""

    rules: RuleSets


@dataclass(frozen=True)
class WebServerRules:
    """The rules of the web server's machine."""

    rules: RuleSets


@fact
def host_rules(access: HostAccess) -> HostRules:
    """Read whether or not they are needed: it costs less than to wait for the probes first."""
    return HostRules(_read(access.host, "host", because="FWL105"))


@fact
def web_server_rules(access: WebServerAccess) -> WebServerRules:
    """The same on the other machine."""
    return WebServerRules(_read(access.host, "web server", because="FWL107"))


def _read(host: Host, machine: str, *, because: str) -> RuleSets:
    try:
        result = host.run(_READ, limit=_LIMIT)
    except HostError as error:
        late = error.reason is HostFailure.TIMED_OUT
        why = "not done within --timeout (wcsdiag's own limit)" if late else error
        reason = f"the rules of the {machine} could not be read: {why}"
        raise Unavailable(reason, because=because) from error
    return rule_sets_of(result.text, machine, truncated=result.truncated)


def rule_sets_of(text: str, machine: str, *, truncated: bool = False) -> RuleSets:
    """Understand what the one command printed. `truncated`: there was more than we take."""
    with _collector_paused():
        return _understood(text, machine, truncated=truncated)


@contextlib.contextmanager
def _collector_paused() -> Iterator[None]:
    """A third of the time would go into looking again and again for cycles that rules have not."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _understood(text: str, machine: str, *, truncated: bool) -> RuleSets:
    sections = sections_of(text)
    native = Ruleset(())
    others: list[Ruleset] = []
    read: list[str] = []
    refused: list[str] = [_TOO_MUCH] if truncated else []
    for section in sections:
        if section.name not in {"nft", *_FAMILIES}:
            continue
        if not section.succeeded:
            if not _is_missing(section):
                refused.append(f"{section.argument}: {_why(section)}")
            continue
        read.append(section.argument)
        if section.name == "nft":
            native = parse_nft_json(section.text)
        else:
            others.append(_iptables(section))
    ipset = next((each for each in sections if each.name == "ipset" and each.succeeded), None)
    ipsets = parse_ipset_save(ipset.text) if ipset is not None else {}
    return RuleSets(
        machine,
        merge(native, *others, Ruleset((), ipsets=ipsets)),
        tuple(read),
        tuple(refused),
        _words(sections, "frontends"),
        next((section.argument for section in sections if section.name == "user"), ""),
    )


def _iptables(section: Section) -> Ruleset:
    variant = section.argument.removesuffix("-save").rpartition("-")[2]
    return parse_iptables_save(section.text, _FAMILIES[section.name], _BACKENDS.get(variant))


def _is_missing(section: Section) -> bool:
    """True where the kernel has no such tables at all, so that there are no rules to miss."""
    words = section.error.lower()
    if section.status is None or _is_denial(words):
        return False
    return any(word in words for word in _NOT_IN_KERNEL)


def _why(section: Section) -> str:
    if section.status is None:
        return "the output was cut off"
    return section.error or f"exit code {section.status}"


def _is_denial(words: str) -> bool:
    return any(word in words.lower() for word in _NOT_ROOT)


def _words(sections: tuple[Section, ...], name: str) -> tuple[str, ...]:
    return tuple(word for each in sections if each.name == name for word in each.text.split())
