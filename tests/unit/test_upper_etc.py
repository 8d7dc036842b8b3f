"""People and settings, read from the upper directory of an overlay on /etc."""

from dataclasses import asdict
from pathlib import Path

import pytest

from backends.account_rows import ACCOUNT_FILES
from backends.upper_etc import UpperEtc

DEFAULT = {"hostname": "atomos", "locale": "C.UTF-8", "keymap": "us", "timezone": "UTC"}
MACHINE_ID = "f" * 32


def settings(upper: Path) -> dict[str, str]:
    found = UpperEtc(upper=upper, device="/dev/vda7").settings(machine_id=MACHINE_ID)
    assert found.stays == ()
    return {name: value for name, value in asdict(found).items() if name != "stays"}


def test_an_empty_one(tmp_path: Path) -> None:
    assert settings(tmp_path) == {**DEFAULT, "machine_id": MACHINE_ID}
    accounts = UpperEtc(upper=tmp_path, device="/dev/vda7").accounts()
    assert accounts.texts == dict.fromkeys(ACCOUNT_FILES, "")


@pytest.mark.parametrize(
    ("file", "text", "name", "value"),
    [
        ("hostname", "ada.example.org\n", "hostname", "ada.example.org"),
        ("hostname", "a b\n", "hostname", "atomos"),
        ("locale.conf", "# LANG=C\nLC_TIME=C\nLANG=de_DE.UTF-8\n", "locale", "de_DE.UTF-8"),
        ("locale.conf", 'LANG="de_DE.UTF-8"\n', "locale", "de_DE.UTF-8"),
        ("default/locale", "export LANG='fr_FR.UTF-8'\n", "locale", "fr_FR.UTF-8"),
        ("default/keyboard", 'XKBMODEL="pc105"\nXKBLAYOUT="de,us"\n', "keymap", "de"),
        ("default/keyboard", "XKBLAYOUT=$(reboot)\n", "keymap", "us"),
        ("timezone", "Europe/Berlin\n", "timezone", "Europe/Berlin"),
        ("timezone", "../../etc/shadow\n", "timezone", "UTC"),
        ("machine-id", f"{'0a' * 16}\n", "machine_id", "0a" * 16),
        ("machine-id", "uninitialized\n", "machine_id", MACHINE_ID),
        ("hostname", "\udcff\n", "hostname", "atomos"),
    ],
)
def test_settings(tmp_path: Path, file: str, text: str, name: str, value: str) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(text, errors="surrogateescape")
    assert settings(tmp_path) == {**DEFAULT, "machine_id": MACHINE_ID, name: value}


def test_the_link_that_timedatectl_sets_counts_more(tmp_path: Path) -> None:
    (tmp_path / "timezone").write_text("Europe/Berlin\n")
    (tmp_path / "localtime").symlink_to("../usr/share/zoneinfo/Asia/Tokyo")
    assert settings(tmp_path)["timezone"] == "Asia/Tokyo"


def test_links_do_not_lead_out(tmp_path: Path) -> None:
    (tmp_path / "hostname").write_text("outside")
    upper = tmp_path / "upper"
    upper.mkdir()
    (upper / "hostname").symlink_to("../hostname")
    (upper / "timezone").symlink_to("timezone")
    (upper / "default").write_text("a file")
    assert settings(upper) == {**DEFAULT, "machine_id": MACHINE_ID}
