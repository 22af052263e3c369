"""Settings and database.yml are read from WCS's home, or it is said why not."""

from __future__ import annotations

import pytest

from wcsdiag.facts.access import HostAccess
from wcsdiag.facts.database import database_yml
from wcsdiag.facts.installation import Installation
from wcsdiag.facts.settings import settings
from wcsdiag.host.interface import HostError, HostFailure
from wcsdiag.host.recorded import FileRecord, RecordedFile, RecordedHost
from wcsdiag.model import Unavailable
from wcsdiag.redact import Redactor, Secret
from wcsdiag.wcs.apps import NotUnderstood
from wcsdiag.wcs.generation import Generation

FLASHPHONER = "/opt/wcs/conf/flashphoner.properties"
CORE = "/opt/wcs/conf/wcs-core.properties"
DATABASE = "/opt/wcs/conf/database.yml"
DENIED = HostError(HostFailure.PERMISSION, "Permission denied", hint="Grant it.")
YML = "apps: [{name: a, appKey: k, url: 'http://u:pw1@web/x', restPassword: pw2}]\n"


class Learning(Redactor):
    """A redactor that shows what it learned."""

    def __init__(self) -> None:
        super().__init__()
        self.learned: list[str] = []

    def learn(self, secret: Secret) -> None:
        self.learned.append(secret.reveal())
        super().learn(secret)


def wcs(generation: Generation = Generation.WITHOUT_MANAGER) -> Installation:
    return Installation("/opt/wcs", generation, "5.2.1", "--wcs-home", "conf/WCS.version")


def host(files: dict[str, FileRecord], *, root: bool = False) -> HostAccess:
    return HostAccess(RecordedHost(files=files, root=root))


def test_both_files_are_read_and_secrets_are_learned() -> None:
    redactor = Learning()
    text = "rest_hook_secret_key=k3y\nhttp.port=9081\n"
    files: dict[str, FileRecord] = {
        FLASHPHONER: text,
        CORE: "-Xmx1G\n-Djavax.net.ssl.trustStorePassword=st0re\n",
    }
    read = settings(wcs(), host(files), redactor)
    assert read.http_port == 9081
    assert read.where("http.port") == f"host: {FLASHPHONER}:2"
    assert read.jvm["-Xmx"].value == "1G"
    assert read.files == (FLASHPHONER, CORE)
    assert redactor.learned == ["k3y", "st0re"]


def test_a_file_for_root_alone_is_read_through_sudo() -> None:
    files: dict[str, FileRecord] = {
        FLASHPHONER: RecordedFile(b"a=1", readable=False),
        CORE: b"",
    }
    assert settings(wcs(), host(files, root=True), Redactor()).flashphoner["a"].value == "1"


@pytest.mark.parametrize("path", [FLASHPHONER, CORE])
def test_one_unreadable_file_makes_the_settings_unavailable(path: str) -> None:
    files: dict[str, FileRecord] = {FLASHPHONER: "", CORE: ""}
    files[path] = DENIED
    with pytest.raises(Unavailable) as caught:
        settings(wcs(), host(files), Redactor())
    assert caught.value.because == "HST111"
    assert path in caught.value.reason


def test_wcs_with_manager_may_lack_the_core_file() -> None:
    read = settings(wcs(Generation.WITH_MANAGER), host({FLASHPHONER: ""}), Redactor())
    assert read.files == (FLASHPHONER,)
    with pytest.raises(Unavailable):
        settings(wcs(), host({FLASHPHONER: ""}), Redactor())


def test_database_yml_gives_apps_and_their_secrets() -> None:
    redactor = Learning()
    found = database_yml(wcs(), host({DATABASE: YML}), redactor)
    assert not isinstance(found.apps, NotUnderstood)
    assert [app.key for app in found.apps] == ["k"]
    assert set(redactor.learned) == {"pw1", "pw2"}


def test_a_strange_database_yml_is_a_fact_of_its_own() -> None:
    assert isinstance(database_yml(wcs(), host({DATABASE: "x: 1"}), Redactor()).apps, NotUnderstood)


def test_a_missing_database_yml_is_unavailable() -> None:
    with pytest.raises(Unavailable) as caught:
        database_yml(wcs(), host({}), Redactor())
    assert caught.value.because == "URL104"
