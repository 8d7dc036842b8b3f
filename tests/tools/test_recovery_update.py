"""A newer live ISO in the recovery partition of a real disk: whole, killed, refused."""

import dataclasses
import hashlib
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backends.mounts import Mounts
from installer.errors import ExitCode, Refused
from installer.events import RunFailed, RunFinished
from installer.identifiers import Identifiers
from installer.journal import follow
from installer.layout import Role
from installer.machinery import Machinery
from installer.quantity import MIB
from installer.recovery_entry import recovery_words, starts_by_itself
from installer.release import SUMS_NAME, live_name
from installer.upkeep.status import describe
from installer.upkeep.wish import Wish
from tests.faults import small_release
from tests.tools.breaking import Breaking, at_share, die, executed, in_boot, in_images, killed
from tests.tools.installed_disk import (
    RECOVERY_OWN,
    InstalledDisk,
    release_at,
    running_from_a,
)
from tests.tools.test_upkeep import (
    identifiers,
    new,
    old,
    written,
)
from tests.tools.written_disk import attached

__all__ = ["identifiers", "new", "old", "written"]
pytestmark = pytest.mark.skipif(
    shutil.which("grub-fstest") is None, reason="grub-fstest (grub-common) is not installed"
)
NEWER = "2.0"


@pytest.fixture
def installed(
    written: Path, old: Path, identifiers: Identifiers, tmp_path: Path, mounts: Mounts
) -> Iterator[InstalledDisk]:
    copy = tmp_path / "disk.raw"
    shutil.copy(written, copy)
    folder = tmp_path / "atomos"
    folder.mkdir()
    before = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)}
    with (
        attached(copy) as disk,
        running_from_a(disk, identifiers, old, folder, mounts) as made,
    ):
        yield made
    for each, handler in before.items():
        signal.signal(each, handler)


def wish_at(folder: Path, **changes: object) -> Wish:
    return dataclasses.replace(release_at(folder), recovery=True, **changes)  # type: ignore[arg-type]


def live_of(release: Path, version: str = NEWER) -> Path:
    return release / live_name(version, small_release.ARCHITECTURE)


def slots(installed: InstalledDisk) -> dict[str, str]:
    """All that an update of Recovery must leave alone."""
    fixed = (Role.BIOS, Role.SLOT_A, Role.SLOT_B, Role.DATA)
    files = ("a/vmlinuz", "a/initrd", "b/vmlinuz", "b/initrd", "grub/state1", "grub/state2")
    menu = installed.boot_file("grub/grub.cfg").decode()
    return {
        **{role.value: installed.bytes_of(role) for role in fixed},
        **{name: hashlib.sha256(installed.boot_file(name)).hexdigest() for name in files},
        "entries": "\n".join(line for line in menu.splitlines() if "atomos.slot=" in line),
    }


def check_renewed(installed: InstalledDisk, release: Path) -> None:
    image = live_of(release)
    with image.open("rb") as opened:
        expected = hashlib.file_digest(opened, "sha256").hexdigest()
    assert installed.bytes_of(Role.RECOVERY, image.stat().st_size) == expected
    menu = installed.boot_file("grub/grub.cfg").decode()
    assert starts_by_itself(menu)
    assert " ".join(recovery_words(menu)).endswith(f" {RECOVERY_OWN}")
    assert '# Recovery: {"version": "2.0", "signed_by": null}' in menu
    said = describe(installed.systems.look())
    assert "Recovery: AtomOS live 2.0\n    UNSIGNED: nobody has vouched for it\n" in said


def recovery_file(installed: InstalledDisk, name: str) -> bytes | None:
    """A file of Recovery as GRUB reads it; None where GRUB reads none."""
    node = installed.disk.node(Role.RECOVERY)
    subprocess.run(["blockdev", "--flushbufs", node], check=True)
    argv = ["grub-fstest", node, "cat", f"/live/{name}"]
    done = subprocess.run(argv, check=False, capture_output=True)
    return done.stdout if done.returncode == 0 and done.stdout else None


def test_the_newer_live_image_becomes_recovery_and_no_slot_changes(
    installed: InstalledDisk, new: Path
) -> None:
    assert "Recovery: AtomOS live 1.0\n" in describe(installed.systems.look())
    before, old_kernel = slots(installed), recovery_file(installed, "vmlinuz")
    assert installed.carry_out(wish_at(new)) is ExitCode.DONE
    assert isinstance(list(follow(installed.run))[-1], RunFinished)
    check_renewed(installed, new)
    assert slots(installed) == before
    assert recovery_file(installed, "vmlinuz") not in (None, old_kernel)
    for folder in (installed.run.mounts, installed.run.looks):
        assert not list(folder.glob("*")), "something is still mounted"


KILLS: dict[str, Callable[[Machinery], Machinery]] = {
    "when the entry is closed": in_boot({"after replace_menu": die}),
    "at a tenth of the image": at_share(0.1),
    "near the end of the image": at_share(0.95),
    "when the image is there": in_boot({"before verify_recovery": die}),
    "when it was looked at": in_boot({"after verify_recovery": die}),
}


@pytest.mark.parametrize("point", KILLS)
def test_killed_anywhere_nothing_comes_to_recovery_and_again_comes_to_its_end(
    installed: InstalledDisk, new: Path, point: str
) -> None:
    before = slots(installed)
    killed(installed, wish_at(new), KILLS[point])
    installed.upkeep().tidy()
    system = installed.systems.look()
    assert system.next == "a"
    assert not starts_by_itself(installed.boot_file("grub/grub.cfg").decode())
    assert "Recovery: not whole" in describe(system)
    with pytest.raises(Refused, match="not whole"):
        installed.upkeep().start_once("recovery")
    assert slots(installed) == before
    assert installed.carry_out(wish_at(new)) is ExitCode.DONE
    check_renewed(installed, new)
    assert slots(installed) == before


def test_killed_before_anything_the_old_one_is_there(installed: InstalledDisk, new: Path) -> None:
    before, recovery = slots(installed), installed.bytes_of(Role.RECOVERY)
    menu = installed.boot_file("grub/grub.cfg")
    deeds = {"before replace_menu": die}
    killed(
        installed,
        wish_at(new),
        in_boot(deeds),
    )
    installed.upkeep().tidy()
    assert installed.boot_file("grub/grub.cfg") == menu
    assert installed.bytes_of(Role.RECOVERY) == recovery
    assert slots(installed) == before


def test_a_release_that_goes_before_its_first_byte_leaves_the_old_one(
    installed: InstalledDisk, new: Path, tmp_path: Path
) -> None:
    """It was there when the plan was made."""
    before, going = slots(installed), tmp_path / "going"
    shutil.copytree(new, going)
    menu, recovery = installed.boot_file("grub/grub.cfg"), installed.bytes_of(Role.RECOVERY)
    deeds: dict[str, Callable[[], None]] = {"before write": live_of(going).unlink}
    assert executed(installed, wish_at(going), in_images(deeds)) is ExitCode.FAILED
    assert installed.boot_file("grub/grub.cfg") == menu
    assert installed.bytes_of(Role.RECOVERY) == recovery
    assert installed.systems.look().has_recovery
    assert slots(installed) == before


def test_an_image_whose_bytes_are_not_the_release_s_is_never_started(
    installed: InstalledDisk, new: Path, tmp_path: Path
) -> None:
    before, spoilt = slots(installed), tmp_path / "spoilt"
    shutil.copytree(new, spoilt)
    with live_of(spoilt).open("r+b") as opened:
        opened.seek(2 * MIB)
        opened.write(b"spoilt")
    assert installed.carry_out(wish_at(spoilt)) is ExitCode.FAILED
    assert recovery_file(installed, "vmlinuz") is None
    assert not installed.systems.look().has_recovery
    assert slots(installed) == before


def signed_over(release: Path) -> None:
    """Its sums, made anew."""
    names = [line.split()[1] for line in (release / SUMS_NAME).read_text().splitlines()]
    sums = [hashlib.sha256((release / name).read_bytes()).hexdigest() for name in names]
    lines = [f"{each}  {name}\n" for each, name in zip(sums, names, strict=True)]
    (release / SUMS_NAME).write_text("".join(lines))


@pytest.mark.parametrize(
    ("old_words", "new_words", "said"),
    [
        ("kernel: /live/vmlinuz", "kernel: /live/kernel", "has no file /live/kernel"),
        ("name: ", "name: Another ", "is not the one beside it"),
    ],
)
def test_a_live_image_that_is_not_what_its_contract_says_is_told(
    installed: InstalledDisk, new: Path, tmp_path: Path, old_words: str, new_words: str, said: str
) -> None:
    other = tmp_path / "other"
    shutil.copytree(new, other)
    contract = live_of(other).with_suffix(".yaml")
    text = contract.read_text()
    assert old_words in text
    contract.write_text(text.replace(old_words, new_words, 1))
    signed_over(other)
    assert installed.carry_out(wish_at(other)) is ExitCode.FAILED
    last = list(follow(installed.run))[-1]
    assert isinstance(last, RunFailed)
    assert last.id == "recovery-contract"
    assert said in last.what
    assert not installed.systems.look().has_recovery


def test_a_larger_one_than_there_is_room_for_is_refused(
    installed: InstalledDisk, new: Path, tmp_path: Path
) -> None:
    large = tmp_path / "large"
    shutil.copytree(new, large)
    with live_of(large).open("r+b") as opened:
        opened.truncate(9 * MIB)
    signed_over(large)
    with pytest.raises(Refused, match="has 9 MiB, and Recovery has room for 8 MiB"):
        installed.carry_out(wish_at(large))
    assert installed.systems.look().has_recovery


def test_recovery_that_is_mounted_is_told(
    installed: InstalledDisk, new: Path, tmp_path: Path
) -> None:
    place = tmp_path / "recovery"
    place.mkdir()
    node = installed.disk.node(Role.RECOVERY)
    # The kernel here mounts no ISO.
    subprocess.run(["mkfs.ext4", "-q", node], check=True)
    subprocess.run(["mount", node, str(place)], check=True)
    try:
        with pytest.raises(Refused, match="A partition that is written is in use"):
            installed.upkeep().plan(wish_at(new))
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_who_looks_meanwhile_is_in_nobody_s_way(installed: InstalledDisk, new: Path) -> None:
    """At each step, as a program that asks for the status again and again; the slots are told as
    they are, which nobody writes."""
    said: list[str] = []

    def look() -> None:
        looked = installed.upkeep().look()
        assert looked.holder is not None
        said.append(describe(looked))

    deeds = {
        f"{when} {name}": look
        for when in ("before", "after")
        for name in ("replace_menu", "verify_recovery", "write", "verify")
    }
    code = executed(
        installed,
        wish_at(new),
        lambda made: dataclasses.replace(
            made,
            boot=Breaking(made.boot, deeds),  # type: ignore[arg-type]
            images=Breaking(made.images, deeds),  # type: ignore[arg-type]
        ),
    )
    assert code is ExitCode.DONE
    assert len(said) > 6
    assert sum("Recovery: not whole" in each for each in said) > 3
    assert any("Root B: AtomOS Debian 1.0" in each for each in said if "not whole" in each)
    check_renewed(installed, new)
