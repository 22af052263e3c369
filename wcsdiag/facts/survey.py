"""One look at the host: its Java processes, and the places where WCS may be installed.

Installation and processes both come from it, so that they cost one round trip and not two.
"""

from __future__ import annotations

from dataclasses import dataclass

from wcsdiag.facts.access import HostAccess
from wcsdiag.host.interface import Host, HostError, HostFailure
from wcsdiag.model import Unavailable
from wcsdiag.redact import Redactor, Secret
from wcsdiag.registry import fact
from wcsdiag.target import Target
from wcsdiag.wcs.home import DEFAULT_HOME, HomeCandidate, absolute, parse_homes
from wcsdiag.wcs.process_table import ProcessTable, parse_process_table

# The pattern is written so that it does not match the command line of this very shell.
_SURVEY = r"""LC_ALL=C; export LC_ALL
home=%s
echo "clk $(getconf CLK_TCK 2>/dev/null)"
printf 'btime '; sed -n 's/^btime //p' /proc/stat
[ -r /proc/1/cmdline ] || echo hidden
for f in /var/run/FlashphonerMainWebCallServer.pid "$home"/bin/FlashphonerMainWebCallServer.pid
do [ -f "$f" ] && { printf 'pidfile '; head -c 20 "$f" | tr -d '\n'; printf ' %%s\n' "$f"; }; done
cd /proc && grep -lE '[j]ava|com[.]flashphoner[.]server[.]Server' [0-9]*/cmdline 2>/dev/null |
while IFS=/ read -r p rest; do
echo "pid $p"
printf 'stat '; cat "$p/stat" || echo
printf 'args '; head -c 65536 "$p/cmdline" | tr '\000\n' '\037 '; echo
printf 'owner '; ls -ld "$p" || echo
printf 'cwd '; readlink "$p/cwd" || echo
n=$(ls "$p/fd") && echo "fds $(echo "$n" | wc -l)"
printf 'limit '; grep '^Max open files' "$p/limits" || echo
printf 'rss '; grep '^VmRSS:' "$p/status" || echo
printf 'slots '; grep '^FDSize:' "$p/status" || echo
done 2>/dev/null
printf '%%s\n' %s | while IFS= read -r h; do
printf 'home %%s\n' "$h"
printf 'link '; ls -ld "$h" 2>&1
printf 'dir '; ls -ld "$h/." 2>&1
printf 'conf '; ls -ld "$h/conf/." 2>&1
printf 'real '; readlink -f "$h" || echo
for f in conf/WCS.version conf/flashphoner.properties conf/wcs-core.properties conf/database.yml \
bin/setenv.sh bin/webcallserver logs/flashphoner_manager.log logs/server_logs
do [ -e "$h/$f" ] && echo "has $f"; done
(cd "$h" && stat -c 'modified %%Y %%n' conf/flashphoner.properties conf/wcs-core.properties)
printf 'version '; head -c 200 "$h/conf/WCS.version" 2>/dev/null | head -n 1; echo
done 2>/dev/null
"""
_LIMIT = 8 << 20


@dataclass(frozen=True)
class Survey:
    """The Java processes of the host, and the one place where WCS was looked for first.

    `refusal` is the literal error where more could have been seen as root, and root was refused.
    """

    table: ProcessTable
    home: HomeCandidate
    as_root: bool = False
    refusal: str | None = None


@fact
def survey(access: HostAccess, target: Target, redactor: Redactor) -> Survey:
    """Ask once; and once more as root where something was hidden from the SSH user."""
    home = absolute(target.wcs_home or DEFAULT_HOME)
    try:
        found = _survey(access.host, home, root=False)
        if found.table.hidden or found.home.closed:
            found = _survey_as_root(access.host, home, found)
    except HostError as error:
        reason = f"The host could not be asked for its processes: {error}"
        raise Unavailable(reason, because="HST102") from error
    for process in found.table.processes:
        for value in process.secrets:
            redactor.learn(Secret(value))
    return found


def candidates(host: Host, paths: tuple[str, ...], *, root: bool) -> tuple[HomeCandidate, ...]:
    """What lies at those paths. Raises `HostError`."""
    if not paths:
        return ()
    return parse_homes(host.run(_SURVEY, paths[0], "\n".join(paths), root=root, limit=_LIMIT).text)


def _survey(host: Host, home: str, *, root: bool) -> Survey:
    text = host.run(_SURVEY, home, home, root=root, limit=_LIMIT).text
    homes = parse_homes(text)
    if not homes:
        raise HostError(HostFailure.CHANNEL_REFUSED, "the host's shell gave no answer")
    return Survey(parse_process_table(text), homes[0], as_root=root)


def _survey_as_root(host: Host, home: str, seen: Survey) -> Survey:
    try:
        return _survey(host, home, root=True)
    except HostError as error:
        return Survey(seen.table, seen.home, refusal=str(error))
