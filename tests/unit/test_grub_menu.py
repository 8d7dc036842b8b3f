"""GRUB's configurations as text; tests/tools has GRUB's own parser read them."""

import pytest

from installer.grub_menu import RecoveryEntry, SlotEntry, menu, stub, word

UUID = "11111111-1111-4111-8111-111111111111"
SLOTS = (
    SlotEntry(title="Root A", id="root-a", hotkey="a", folder="a", command_line="root=A quiet"),
    SlotEntry(title="Root B", id="root-b", hotkey="b", folder="b", command_line="root=B x=$1;y"),
)
RECOVERY = RecoveryEntry(
    partition_number=6, kernel="/live/vmlinuz", initrd="/live/initrd", command_line="r=1"
)

STUB = """\
# AtomOS: the start menu is on the boot partition of the disk that GRUB was loaded from.
if regexp --set=1:atomos_disk '^\\(([^,)]*)' "$cmdpath"; then
  search --no-floppy --fs-uuid --set=root --hint="$atomos_disk,gpt3" \
11111111-1111-4111-8111-111111111111
else
  search --no-floppy --fs-uuid --set=root 11111111-1111-4111-8111-111111111111
fi
configfile "($root)/grub/grub.cfg"
"""

MENU = """\
# AtomOS: written by the installer. Kernels of each slot are in a folder of their own.
set timeout=5
set default=root-a
set atomos_boot="$root"
regexp --set=1:atomos_disk '^([^,]*)' "$root"

if [ "$grub_platform" = pc ]; then
  serial --unit=1 --speed=115200
  terminal_input console serial
  terminal_output console serial
fi

menuentry "Root A" --hotkey=a --id=root-a {
  linux ($atomos_boot)/a/vmlinuz root=A quiet
  initrd ($atomos_boot)/a/initrd
}

menuentry "Root B" --hotkey=b --id=root-b {
  linux ($atomos_boot)/b/vmlinuz root=B 'x=$1;y'
  initrd ($atomos_boot)/b/initrd
}

menuentry "Recovery" --hotkey=r --id=recovery {
  linux ($atomos_disk,gpt6)/live/vmlinuz r=1
  initrd ($atomos_disk,gpt6)/live/initrd
}
"""


def test_the_stub() -> None:
    assert stub(boot_uuid=UUID, boot_number=3) == STUB


def test_the_menu_with_everything() -> None:
    assert menu(slots=SLOTS, recovery=RECOVERY, serial_console="ttyS1,115200n8") == MENU


def test_without_recovery_and_serial_line_nothing_of_them_is_left() -> None:
    text = menu(slots=SLOTS, recovery=None, serial_console=None)
    assert "Recovery" not in text
    assert "serial" not in text
    assert text.count("menuentry") == 2


@pytest.mark.parametrize(
    ("console", "line"),
    [("ttyS0", "serial --unit=0 --speed=9600"), ("ttyS0,57600", "serial --unit=0 --speed=57600")],
)
def test_a_serial_line_without_a_speed_has_the_kernel_s(console: str, line: str) -> None:
    assert line in menu(slots=SLOTS, recovery=None, serial_console=console)


def test_a_console_that_is_no_serial_port_of_a_pc_is_not_grub_s() -> None:
    assert "serial" not in menu(slots=SLOTS, recovery=None, serial_console="hvc0")


@pytest.mark.parametrize("text", ["a b", "it's", 'say"', "a\\b", "", "tab\t", "é", "a\nb"])
def test_what_no_quoting_carries_through_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="cannot be a word"):
        word(text)


@pytest.mark.parametrize("text", ["$root", "a;reboot", "a&b", "{x}", "<a", "*", "a|b", "#no", "!"])
def test_what_grub_would_read_is_quoted(text: str) -> None:
    assert word(text) == f"'{text}'"
