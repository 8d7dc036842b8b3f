"""GRUB's configurations as text; tests/tools has GRUB's own parser read them."""

import pytest

from installer.boot_state import CHANGING, VARIABLES
from installer.grub_menu import RecoveryEntry, menu, stub, word
from installer.grub_state import boot_state

UUID = "11111111-1111-4111-8111-111111111111"
A, B = "root=A quiet", "root=B x=$1;y"
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

BEFORE = """\
# AtomOS: written by the installer. Kernels of each slot are in a folder of their own.
set timeout=5
# What was chosen below starts at once, and is asked about once more.
if [ -n "$atomos_reset" ]; then set timeout=0; fi
set atomos_boot="$root"
export atomos_boot
regexp --set=1:atomos_disk '^([^,]*)' "$root"

if [ "$grub_platform" = pc ]; then
  serial --unit=1 --speed=115200
  terminal_input console serial
  terminal_output console serial
fi

"""
ENTRIES = """
menuentry "Root A" --hotkey=a --id=root-a {
  atomos_take a
  linux ($atomos_boot)/a/vmlinuz root=A quiet atomos.slot=a $atomos_reset
  initrd ($atomos_boot)/a/initrd
}

menuentry "Root B" --hotkey=b --id=root-b {
  atomos_take b
  linux ($atomos_boot)/b/vmlinuz root=B 'x=$1;y' atomos.slot=b $atomos_reset
  initrd ($atomos_boot)/b/initrd
}

menuentry "Recovery" --hotkey=r --id=recovery {
  linux ($atomos_disk,gpt6)/live/vmlinuz r=1
  initrd ($atomos_disk,gpt6)/live/initrd
}

menuentry "Recovery with speech and braille (key S)" --hotkey=s --id=recovery-speech {
  linux ($atomos_disk,gpt6)/live/vmlinuz r=1 atomos.speech
  initrd ($atomos_disk,gpt6)/live/initrd
}

submenu "Reset ... (key X)" --hotkey=x --id=reset {
  menuentry "Reset settings (/etc)" --id=reset-settings {
    set atomos_reset=atomos.reset=settings
    export atomos_reset
    set root="$atomos_boot"
    configfile "($atomos_boot)/grub/grub.cfg"
  }
  menuentry "Reset the system (/etc, /var, /nix)" --id=reset-system {
    set atomos_reset=atomos.reset=system
    export atomos_reset
    set root="$atomos_boot"
    configfile "($atomos_boot)/grub/grub.cfg"
  }
}
"""
SIGNED = {"[", "linux", "initrd", "load_env", "menuentry", "regexp", "save_env", "serial", "set"}
SIGNED |= {"terminal_input", "terminal_output", "unset", "configfile", "export", "submenu"}
"""What Debian's signed GRUB has built in, of the commands that a menu has to do with."""
LANGUAGE = {"if", "then", "elif", "else", "fi", "for", "do", "done", "function", "{", "}"}


def test_the_stub() -> None:
    assert stub(boot_uuid=UUID, boot_number=3) == STUB


def test_the_menu_with_everything() -> None:
    text = menu(a=A, b=B, recovery=RECOVERY, serial_console="ttyS1,115200n8")
    assert text == BEFORE + boot_state(has_recovery=True) + ENTRIES


def test_without_recovery_and_serial_line_nothing_of_them_is_left() -> None:
    text = menu(a=A, b=B, recovery=None, serial_console=None)
    assert 'menuentry "Recovery"' not in text
    assert "set atomos_recovery=no\n" in text
    assert "serial" not in text
    assert text.count("\nmenuentry") == 2


def commands(text: str) -> set[str]:
    """First words of all commands of a configuration of GRUB."""
    found = set()
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for line in lines:
        for command in line.split(";"):
            words = command.split()
            while words and words[0] in LANGUAGE:
                # The name after "function", and all words after "for", are no commands.
                skipped = {"function": 2, "for": len(words)}.get(words[0], 1)
                words = words[skipped:]
            if words:
                found.add(words[0])
    return found


def test_only_commands_of_the_signed_grub_are_used() -> None:
    text = menu(a="quiet", b="quiet", recovery=RECOVERY, serial_console="ttyS0")
    own = {"atomos_read", "atomos_rank", "atomos_next", "atomos_less", "atomos_take"}
    own.add("atomos_forget")
    assert all(f"function {name} {{" in text for name in own)
    assert commands(text) == SIGNED | own


def test_nothing_but_the_state_s_own_names_is_taken_from_a_block() -> None:
    text = boot_state(has_recovery=True)
    assert text.count("load_env") == 3
    assert text.count('load_env --file "$1" atomos_once\n') == 2
    assert 'load_env --file "$1" $atomos_names\n' in text
    assert f'set atomos_names="{" ".join(VARIABLES)}"\n' in text
    for name in VARIABLES:
        assert name.startswith("atomos_")
        assert f"set {name}=" not in text or name in CHANGING


def test_a_slot_s_try_is_taken_before_its_kernel_is_loaded_and_recovery_takes_none() -> None:
    text = menu(a=A, b=B, recovery=RECOVERY, serial_console=None)
    entries = text.split("menuentry ")[1:]
    assert [each.count("atomos_take") for each in entries] == [1, 1, 0, 0, 0, 0]
    for entry in entries[:2]:
        assert entry.index("atomos_take") < entry.index("linux") < entry.index("initrd")


@pytest.mark.parametrize(
    ("console", "line"),
    [("ttyS0", "serial --unit=0 --speed=9600"), ("ttyS0,57600", "serial --unit=0 --speed=57600")],
)
def test_a_serial_line_without_a_speed_has_the_kernel_s(console: str, line: str) -> None:
    assert line in menu(a=A, b=B, recovery=None, serial_console=console)


def test_a_console_that_is_no_serial_port_of_a_pc_is_not_grub_s() -> None:
    assert "serial" not in menu(a=A, b=B, recovery=None, serial_console="hvc0")


@pytest.mark.parametrize("text", ["a b", "it's", 'say"', "a\\b", "", "tab\t", "é", "a\nb"])
def test_what_no_quoting_carries_through_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="cannot be a word"):
        word(text)


@pytest.mark.parametrize("text", ["$root", "a;reboot", "a&b", "{x}", "<a", "*", "a|b", "#no", "!"])
def test_what_grub_would_read_is_quoted(text: str) -> None:
    assert word(text) == f"'{text}'"
