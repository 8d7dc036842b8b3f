"""The picture of the boot menu says what the menu will say."""

import re

import pytest

from installer.answers import LayoutKind
from installer.grub_menu import RecoveryEntry, menu
from installer.layout import PartitionTable, Role, new_table
from installer.quantity import GIB
from installer.start_menu_words import menu_entries, menu_heading, menu_picture
from tests.ui.fake_session import BLANK


def table(*, recovery: bool) -> PartitionTable:
    return new_table(
        BLANK,
        LayoutKind.ENCRYPTED,
        slot_bytes=2 * GIB,
        recovery_bytes=2 * GIB if recovery else 0,
        disk_guid="d" * 32,
        guids={role: role.value for role in Role},
    )


@pytest.mark.parametrize("recovery", [True, False])
def test_it_has_the_titles_and_keys_of_the_menu_on_the_disk(recovery: bool) -> None:
    entry = RecoveryEntry(partition_number=4, kernel="/k", initrd="/i", command_line="quiet")
    text = menu(a="quiet", b="quiet", recovery=entry if recovery else None, serial_console=None)
    on_disk = re.findall(r'^(?:menuentry|submenu) "([^"]+)" --hotkey=(.)', text, re.MULTILINE)
    told = menu_entries(table(recovery=recovery))
    assert [each.title for each in told] == [title for title, _key in on_disk]
    for each, (_title, key) in zip(told, on_disk, strict=True):
        assert f"key {key.upper()}" in each.title + each.meaning
    assert f"set timeout={re.findall('[0-9]+', menu_heading())[0]}\n" in text


def test_the_mark_is_at_the_one_that_starts_by_itself() -> None:
    assert menu_picture(table(recovery=True)).splitlines() == [
        "│*Root A    key A: starts by itself",
        "│ Root B    key B: the same system again",
        "│ Recovery  key R: to repair from",
        "│ Recovery with speech and braille (key S)",
        "│ Reset ... (key X)",
    ]
    assert "Recovery" not in menu_picture(table(recovery=False))
