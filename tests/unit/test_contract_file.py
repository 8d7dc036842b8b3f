"""Contracts as images carry them, and everything that may be wrong in one."""

import dataclasses
from pathlib import PurePosixPath

import pytest

from installer.contract import PLACEHOLDERS, Accounts, ImageKind
from installer.contract_doc import EXAMPLE, PAGE, render
from installer.contract_file import load_contract
from installer.contract_keys import PLACEHOLDERS_OF, CommandLinesInFile, ContractInFile
from installer.errors import Refused
from installer.quantity import GIB

GOOD = """\
contract: 1
kind: system
name: AtomOS Debian
version: "0.1.0"
architecture: x86-64
kernel: /usr/lib/atomos/boot/vmlinuz
initrd: /usr/lib/atomos/boot/initrd
command_lines:
  plain: root=PARTUUID={slot.partuuid} rootfstype=squashfs ro quiet
  encrypted: root={slot.device} rd.luks.name={luks.uuid}=atomos
  keymap: rd.vconsole.keymap={keymap}
accounts: etc-overlay
minimum_slot: 1 GiB
secure_boot: true
home_manager: false
flatpak: false
locales: [en_US.UTF-8, de_DE.UTF-8]
"""


def errors(text: str) -> tuple[str, ...]:
    with pytest.raises(Refused) as refused:
        load_contract(text, "image.yaml")
    assert all(each.way_out for each in refused.value.problems)
    return tuple(each.what for each in refused.value.problems)


def test_a_good_contract_is_read() -> None:
    contract = load_contract(GOOD, "image.yaml")
    assert contract.kind is ImageKind.SYSTEM
    assert contract.version == "0.1.0"
    assert contract.kernel == PurePosixPath("/usr/lib/atomos/boot/vmlinuz")
    assert contract.command_lines.keymap == "rd.vconsole.keymap={keymap}"
    assert contract.accounts is Accounts.ETC_OVERLAY
    assert contract.minimum_slot_bytes == GIB
    assert contract.secure_boot
    assert not contract.flatpak
    assert contract.locales == ("en_US.UTF-8", "de_DE.UTF-8")


def test_a_slot_may_be_started_through_its_hash_tree() -> None:
    through = "roothash={verity.root_hash} hash-offset={verity.hash_offset}"
    lines = load_contract(GOOD.replace("root=", f"{through} root="), "x").command_lines
    assert through in lines.plain
    assert through in lines.encrypted


def test_scalars_are_taken_as_they_are_spelled() -> None:
    assert load_contract(GOOD.replace('"0.1.0"', "1.10"), "x").version == "1.10"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("contract: 1", "contract: 2", "contract version 2 is not known, only 1"),
        ("kind: system", "kind: toy", "kind is toy, not 'system' or 'live'"),
        ("name: AtomOS Debian\n", "", "name is missing"),
        ("flatpak: false", "flatpack: false", "flatpack is not a key of contract version 1"),
        ("flatpak: false", "flatpak: on", "flatpak is on, not 'true' or 'false'"),
        ("name: AtomOS Debian", "name: [a]", "name is not a single text"),
        ("locales: [en_US.UTF-8, de_DE.UTF-8]", "locales: x", "locales is not a list"),
        ("1 GiB", "1 GB", "'1 GB' is not a size"),
        ("/usr/lib/atomos/boot/initrd", "boot/initrd", "initrd is boot/initrd, not an absolute"),
        ("/usr/lib/atomos/boot/initrd", "/a/../b", "initrd is /a/../b, not an absolute path"),
        ("{slot.partuuid}", "{slot.uuid}", "command_lines.plain cannot have {slot.uuid}"),
        ("{slot.partuuid}", "{luks.uuid}", "command_lines.plain cannot have {luks.uuid}"),
        (
            "root={slot.device}",
            "root={slot.partuuid}",
            "command_lines.encrypted cannot have {slot.partuuid}",
        ),
        (
            "={keymap}",
            "={verity.root_hash}",
            "command_lines.keymap cannot have {verity.root_hash}",
        ),
        ("ro quiet", "ro } quiet", "a brace without its partner"),
        ("ro quiet", "ro 'quiet", "quotation marks"),
        ("  plain: root", "  recovery: root", "command_lines.plain is missing in an image of"),
        ("kind: system", "kind: system\nkind: live", "line 3: kind stands there twice"),
        ("  keymap:", "  plain: x\n  keymap:", "line 11: plain stands there twice"),
        ("locales: [", "locales: ]", "line 17: "),
        ("flatpak:", "default_locale: fr_FR.UTF-8\nflatpak:", "which is not one of locales"),
        ("flatpak:", "default_keymap: d e\nflatpak:", "'d e' is not a keyboard layout"),
    ],
)
def test_each_error_is_told(old: str, new: str, words: str) -> None:
    found = errors(GOOD.replace(old, new))
    assert any(words in each for each in found), found
    assert all("image.yaml" in each for each in found)


def test_all_errors_are_told_at_once() -> None:
    text = (
        GOOD.replace("contract: 1", "contract: 7")
        .replace("1 GiB", "big")
        .replace("/usr/lib/atomos/boot/vmlinuz", "vmlinuz")
    )
    assert len(errors(text)) == 3


def test_what_is_no_mapping_is_refused() -> None:
    assert "not a mapping" in errors("- a\n- b\n")[0]
    assert "not a mapping" in errors("")[0]


def test_references_are_refused_before_they_are_followed() -> None:
    """Nine of these lines, each of nine of the one before, would fill the machine's memory."""
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\nlocales: [*b, *b]\n"
    circle = "command_lines: &a {plain: *a}\n"
    for text in (bomb, circle):
        assert any("refers to another value" in error for error in errors(text)), text


@pytest.mark.parametrize(
    ("text", "words"),
    [("a: " + "[" * 5000, "nested too deeply"), ("? [a]\n: b\n", "stands as a key")],
)
def test_odd_yaml_ends_in_words(text: str, words: str) -> None:
    assert words in errors(text)[0]


def test_the_page_is_the_dataclasses() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), "run ./dev docs"


def test_the_page_has_every_key_and_a_good_example() -> None:
    assert load_contract(EXAMPLE, "x").locales == ("de_DE.UTF-8", "pt_BR.UTF-8")
    for part in (ContractInFile, CommandLinesInFile):
        for each in dataclasses.fields(part):
            assert f"| `{each.name}` |" in render()
            assert each.metadata["doc"]
    assert {each.name for each in dataclasses.fields(CommandLinesInFile)} == set(PLACEHOLDERS_OF)
    for name in PLACEHOLDERS:
        assert f"| `{{{name}}}` |" in render()
