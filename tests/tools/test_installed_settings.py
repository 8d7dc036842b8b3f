"""Host name, locale, keyboard, time zone and machine-id in the persistent /etc."""

import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from installer.errors import InstallError
from tests.tools.small_disk import SETTINGS, Disk


def test_settings(disk: Disk) -> None:
    for _again in range(2):
        disk.set_up(SETTINGS)
        disk.verify_set_up(SETTINGS)
    with disk.tree() as root:
        etc = root / "etc"
        assert (etc / "machine-id").read_text() == f"{SETTINGS.machine_id}\n"
        assert stat.S_IMODE((etc / "machine-id").stat().st_mode) == 0o444
        assert (etc / "hostname").read_text() == "lovelace\n"
        assert "127.0.1.1\tlovelace\n" in (etc / "hosts").read_text()
        assert (etc / "locale.conf").read_text() == "LANG=de_DE.UTF-8\n"
        assert (etc / "default/locale").is_symlink()
        assert (etc / "vconsole.conf").read_text() == "KEYMAP=uk\n"
        assert (etc / "default/keyboard").read_text() == "XKBLAYOUT=gb\n"
        assert (etc / "timezone").read_text() == "Europe/Berlin\n"
        assert (etc / "localtime").readlink() == Path("/usr/share/zoneinfo/Europe/Berlin")


def test_an_old_name_of_a_zone_is_the_images_own_name_of_it(disk: Disk) -> None:
    """The live system lets it pass; the image has no file of that name, and the run failed when the
    disk was erased."""
    disk.set_up(replace(SETTINGS, timezone="Old/Berlin"))
    with disk.tree() as root:
        assert (root / "etc/timezone").read_text() == "Europe/Berlin\n"
        zone = Path("/usr/share/zoneinfo/Europe/Berlin")
        assert (root / "etc/localtime").readlink() == zone


def test_another_layout_has_no_variant_of_the_one_before(disk: Disk) -> None:
    disk.set_up(SETTINGS)
    keyboard = "etc/default/keyboard"
    with disk.var() as var:
        upper = var / "lib/atomos/etc/upper"
        (upper / "default/keyboard").write_text('XKBLAYOUT="de"\nXKBVARIANT="nodeadkeys"\n')
    disk.set_up(replace(SETTINGS, keymap="de"))
    with disk.tree() as root:
        assert (root / keyboard).read_text() == 'XKBLAYOUT=de\nXKBVARIANT="nodeadkeys"\n'
    disk.set_up(replace(SETTINGS, keymap="us"))
    with disk.tree() as root:
        assert (root / keyboard).read_text() == "XKBLAYOUT=us\nXKBVARIANT=\n"


def test_only_what_changes_is_in_the_upper_directory(disk: Disk) -> None:
    disk.set_up(replace(SETTINGS, locale="C.UTF-8"))
    with disk.var() as var:
        upper = var / "lib/atomos/etc/upper"
        assert sorted(path.name for path in upper.iterdir()) == [
            "default",
            "hostname",
            "hosts",
            "localtime",
            "machine-id",
            "timezone",
            "vconsole.conf",
        ]


def test_what_stays_is_left_as_it_stands(disk: Disk) -> None:
    """The owner's files say more than one value of each; all that was asked for is a host name."""
    disk.set_up(SETTINGS)
    theirs = {
        "locale.conf": "LANG=de_DE.UTF-8\nLC_TIME=en_GB.UTF-8\n",
        "vconsole.conf": "KEYMAP=de-latin1-nodeadkeys\nFONT=ter-v16n\n",
        "default/keyboard": 'XKBLAYOUT="de,us"\nXKBVARIANT="nodeadkeys,"\n',
        "timezone": "Europe/Berlin\n",
    }
    with disk.tree() as root:
        for name, text in theirs.items():
            (root / "etc" / name).write_text(text)
    read = replace(SETTINGS, keymap="de", timezone="no zone", hostname="babbage")
    wanted = replace(read, stays=("locale", "keymap", "timezone"))
    disk.set_up(wanted)
    disk.verify_set_up(wanted)
    with disk.tree() as root:
        assert {name: (root / "etc" / name).read_text() for name in theirs} == theirs
        assert (root / "etc/localtime").readlink() == Path("/usr/share/zoneinfo/Europe/Berlin")
        assert (root / "etc/hostname").read_text() == "babbage\n"
    disk.set_up(replace(SETTINGS, stays=("hostname", "locale", "timezone")))
    with disk.tree() as root:
        assert (root / "etc/hostname").read_text() == "babbage\n"
        assert "127.0.1.1\tbabbage\n" in (root / "etc/hosts").read_text()
        assert "KEYMAP=uk\n" in (root / "etc/vconsole.conf").read_text()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"timezone": "Europe/Atlantis"}, "the image has no time zone Europe/Atlantis"),
        ({"timezone": "../../../etc/shadow"}, "cannot be the timezone"),
        ({"locale": 'de"; reboot'}, "cannot be the locale"),
        ({"keymap": "de\nX=1"}, "cannot be the keymap"),
        ({"hostname": "a b"}, "cannot be the hostname"),
        ({"machine_id": "uninitialized"}, "cannot be the machine_id"),
    ],
)
def test_settings_that_cannot_be(disk: Disk, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(InstallError, match=words):
        disk.set_up(replace(SETTINGS, **changes))
    with disk.var() as var:
        assert not list((var / "lib/atomos/etc/upper").iterdir())


@pytest.mark.parametrize(
    ("field", "path"),
    [
        ("hostname", "/etc/hostname"),
        ("locale", "/etc/locale.conf"),
        ("keymap", "/etc/vconsole.conf"),
        ("machine_id", "/etc/machine-id"),
        ("timezone", "/etc/localtime"),
    ],
)
def test_settings_that_are_not_right_are_found(disk: Disk, field: str, path: str) -> None:
    disk.set_up(SETTINGS)
    other: dict[str, Any] = {
        "hostname": "other",
        "locale": "en_GB.UTF-8",
        "keymap": "fr",
        "machine_id": "f" * 32,
        "timezone": "Europe/Berlin",
    }
    if field == "timezone":
        with disk.tree() as root:
            (root / "etc/localtime").unlink()
    with pytest.raises(InstallError, match=path):
        disk.verify_set_up(replace(SETTINGS, **{field: other[field]}))
