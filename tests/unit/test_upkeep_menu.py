"""The start menu after an update: the one line, the head, and nothing else."""

import pytest

from installer.answers import LayoutKind
from installer.contract import CommandLines
from installer.grub_entry import with_words, words_in
from installer.installed_version import version_in
from installer.release import Verity
from installer.slot_records import ImageRecord, SlotRecord, records_in, with_records
from installer.upkeep.kernel_words import OwnWords, own_words, words_for
from installer.upkeep.update_plan import new_menu
from tests.unit import samples, upkeep_samples

LINES = samples.contract().command_lines


def test_the_owner_s_words_are_those_that_no_template_explains() -> None:
    words = words_in(upkeep_samples.menu(), "a")
    assert own_words(words, LINES, encrypted=False) == OwnWords(
        keymap="de", others=upkeep_samples.MENU_OWN
    )


def test_a_word_of_the_template_that_the_owner_has_twice_is_theirs_once() -> None:
    words = ("root=PARTUUID=x", "rootfstype=squashfs", "ro", "quiet", "quiet", "nomodeset")
    found = own_words(words, LINES, encrypted=False)
    assert found == OwnWords(keymap=None, others=("quiet", "nomodeset"))


def test_the_next_image_has_its_own_words_and_the_owner_s() -> None:
    own = OwnWords(keymap="de", others=("mitigations=auto",))
    values = {
        "slot.device": "/dev/b",
        "verity.root_hash": "ff",
        "verity.hash_offset": "4096",
    }
    assert words_for(upkeep_samples.VERITY, values, own, encrypted=False) == (
        *("root=/dev/mapper/root", "ro", "roothash=ff", "data=/dev/b"),
        *("options=hash-offset=4096,panic", "quiet", "rd.vconsole.keymap=de", "mitigations=auto"),
    )


def test_a_keyboard_that_was_never_set_is_not_set() -> None:
    own = OwnWords(keymap=None, others=())
    assert words_for(CommandLines(plain="a", keymap="k={keymap}"), {}, own, encrypted=False) == (
        "a",
    )


@pytest.mark.parametrize("layout", LayoutKind)
def test_the_menu_changes_in_the_line_of_that_slot_and_in_its_head(layout: LayoutKind) -> None:
    system = upkeep_samples.system(layout)
    menu = new_menu(system, upkeep_samples.newer())
    before, after = system.menu.splitlines(), menu.splitlines()
    assert words_in(menu, "a") == words_in(system.menu, "a")
    words = words_in(menu, "b")
    assert f"roothash={'f' * 64}" in words
    assert words[-3:] == upkeep_samples.MENU_OWN
    assert "rd.vconsole.keymap=de" in words
    if layout is LayoutKind.ENCRYPTED:
        assert "data=/dev/atomos/b" in words
        assert f"rd.luks.name={upkeep_samples.LUKS_UUID}=atomos" in words
    else:
        guid = next(p.guid for p in upkeep_samples.disk().partitions if p.label == "atomos-b")
        assert f"data=/dev/disk/by-partuuid/{guid}" in words
    head = ("# Root ", "# Installed version")
    changed = [
        (old, new)
        for old, new in zip(
            [line for line in before if not line.startswith(head)],
            [line for line in after if not line.startswith(head)],
            strict=True,
        )
        if old != new
    ]
    assert len(changed) == 1
    assert changed[0][1].startswith("  linux ($atomos_boot)/b/vmlinuz ")
    assert version_in(menu) == "0.2.0"
    records = records_in(menu)
    assert {name: (each.version, each.signed_by) for name, each in records.items()} == {
        "a": ("0.1.0", None),
        "b": ("0.2.0", "Releases (ABC)"),
        "recovery": ("0.1.0", None),
    }
    newer = upkeep_samples.newer()
    assert records["b"] == SlotRecord.of(newer)
    assert records["b"].image == ImageRecord(
        size_bytes=newer.image.size_bytes, sha256=newer.image.sha256, verity=newer.verity
    )


def test_what_the_owner_changed_elsewhere_in_the_menu_stays() -> None:
    system = upkeep_samples.system(
        menu=upkeep_samples.menu().replace("set timeout=5", "set timeout=1")
    )
    assert "set timeout=1\n" in new_menu(system, upkeep_samples.newer())


@pytest.mark.parametrize(
    "spoilt",
    [
        upkeep_samples.menu().replace("/b/vmlinuz", "/c/vmlinuz"),
        upkeep_samples.menu() + upkeep_samples.menu(),
        upkeep_samples.menu().replace("mitigations=auto", 'mitigations="auto"'),
        upkeep_samples.menu().replace("mitigations=auto", "$more"),
        "",
    ],
    ids=["no entry", "two entries", "quoted otherwise", "a variable", "no menu"],
)
def test_a_menu_that_is_none_of_ours_is_not_guessed_at(spoilt: str) -> None:
    with pytest.raises(ValueError, match=r"menu|word"):
        new_menu(upkeep_samples.system(menu=spoilt), upkeep_samples.newer())


def test_words_that_need_quoting_go_into_the_menu_and_come_out_again() -> None:
    words = ("a=1", "x=$1;y", "b={c}")
    menu = with_words(upkeep_samples.menu(), "b", words)
    assert words_in(menu, "b") == words
    assert "'x=$1;y'" in menu


def test_records_are_ascii_and_replaced_one_by_one() -> None:
    ada = SlotRecord(version="1.0", signed_by="Ada Łęcka <ada@example.org> (ABC)")
    menu = with_records("set timeout=5\n", {"a": ada, "b": ada})
    assert menu.isascii()
    assert records_in(menu) == {"a": ada, "b": ada}
    bob = SlotRecord(version="2.0", signed_by=None)
    assert records_in(with_records(menu, {"b": bob})) == {"a": ada, "b": bob}
    assert with_records(menu, {"b": bob}).count("# Root B") == 1
    assert menu.endswith("set timeout=5\n")


@pytest.mark.parametrize(
    "line", ["# Root A: {}", "# Root A: {", '# Root A: {"version": 1, "signed_by": null}']
)
def test_a_record_that_is_none_says_nothing(line: str) -> None:
    assert records_in(f"{line}\n") == {}


@pytest.mark.parametrize("verity", [None, Verity(root_hash="f" * 64, hash_offset_bytes=8192)])
def test_a_record_knows_the_image(verity: Verity | None) -> None:
    image = ImageRecord(size_bytes=12288, sha256="0a" * 32, verity=verity)
    record = SlotRecord(version="1.0", signed_by=None, image=image)
    assert records_in(with_records("", {"a": record})) == {"a": record}


@pytest.mark.parametrize(
    ("said", "instead"),
    [("12288", "-1"), ("12288", '"12288"'), ('"' + "0a" * 32, '"0A'), ('"sha256"', '"sum"')],
)
def test_of_an_image_that_nobody_writes_a_record_says_nothing(said: str, instead: str) -> None:
    image = ImageRecord(size_bytes=12288, sha256="0a" * 32)
    record = SlotRecord(version="1.0", signed_by=None, image=image)
    menu = with_records("", {"a": record}).replace(said, instead)
    assert records_in(menu) == {"a": SlotRecord(version="1.0", signed_by=None)}


def test_a_menu_of_an_older_installer_is_read_too_and_gets_the_word_of_a_reset() -> None:
    menu = upkeep_samples.menu()
    older = menu.replace(" $atomos_reset\n", "\n")
    assert older != menu
    words = words_in(older, "a")
    assert words == words_in(menu, "a")
    assert with_words(older, "a", words).count(" atomos.slot=a $atomos_reset\n") == 1
