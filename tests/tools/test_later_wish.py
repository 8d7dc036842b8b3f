"""The words for what is done later, in the persistent /etc."""

import os
import stat

import pytest

from installer.errors import InstallError
from tests.tools.small_disk import Disk

FLAKE = "github:ada/home"


def ask(disk: Disk, flake: str | None) -> None:
    disk.system.ask_for_home(slot=disk.slot, data=disk.data, user="ada", flake=flake)


def verify(disk: Disk, flake: str | None) -> None:
    disk.system.verify_home(slot=disk.slot, data=disk.data, user="ada", flake=flake)


@pytest.mark.parametrize("flake", [None, FLAKE])
def test_it_is_written_and_found_again(disk: Disk, flake: str | None) -> None:
    for _again in range(2):
        ask(disk, flake)
        verify(disk, flake)
    with disk.tree() as root:
        file = root / "etc/atomos/home/ada"
        assert file.read_text() == f"mode=deferred\nflake={flake or ''}\n"
        assert stat.S_IMODE(file.stat().st_mode) == 0o644


def test_everybody_can_read_it_whatever_the_installer_keeps_to_root(disk: Disk) -> None:
    before = os.umask(0o077)
    try:
        ask(disk, None)
    finally:
        os.umask(before)
    with disk.tree() as root:
        for path in ("etc/atomos", "etc/atomos/home"):
            assert stat.S_IMODE((root / path).stat().st_mode) == 0o755
        assert stat.S_IMODE((root / "etc/atomos/home/ada").stat().st_mode) == 0o644


def test_another_or_none_is_found(disk: Disk) -> None:
    with pytest.raises(InstallError, match="/etc/atomos/home/ada"):
        verify(disk, None)
    ask(disk, FLAKE)
    with pytest.raises(InstallError, match="is not what was written there"):
        verify(disk, None)


APPS = ("org.example.App", "org.example.Two")
URL = "https://example.org/repo/example.flatpakrepo"


def test_applications_are_written_and_found_again(disk: Disk) -> None:
    system, where = disk.system, {"slot": disk.slot, "data": disk.data}
    with pytest.raises(InstallError, match="/etc/atomos/flatpaks"):
        system.verify_flatpaks(**where, apps=APPS, url=URL)
    system.ask_for_flatpaks(**where, apps=APPS, url=URL)
    system.verify_flatpaks(**where, apps=APPS, url=URL)
    with disk.tree() as root:
        assert (root / "etc/atomos/flatpaks").read_text() == (
            f"remote=example\nurl={URL}\napp=org.example.App\napp=org.example.Two\n"
        )
    with pytest.raises(InstallError, match="is not what was written there"):
        system.verify_flatpaks(**where, apps=APPS[:1], url=URL)
