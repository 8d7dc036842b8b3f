"""Shim and GRUB on the ESP brought to those of Recovery: whole, cut off anywhere, refused."""

import hashlib
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from unittest import mock

import pytest

from backends.boot_files import STUB
from backends.esp import LOADERS, Esp
from backends.fat import exchange
from backends.loader_renewal import OLD, OWN, REMOVABLE, LoaderRenewal
from backends.mounts import Mounts
from backends.runner import Completed, Runner
from installer.errors import ExitCode, InstallError, ToolFailed
from installer.events import Notice
from installer.journal import follow
from installer.layout import Role
from installer.machinery import EspPart
from tests.faults import small_release
from tests.faults.filling import filling_of
from tests.faults.trace import FileSystem
from tests.tools.installed_disk import InstalledDisk
from tests.tools.made_loader import made_loader
from tests.tools.test_recovery_update import (
    identifiers,
    installed,
    new,
    old,
    wish_at,
    written,
)

__all__ = ["identifiers", "installed", "new", "old", "written"]
pytestmark = pytest.mark.skipif(
    shutil.which("mcopy") is None or shutil.which("grub-fstest") is None,
    reason="mtools or grub-common are not installed",
)
LABELS = ("AtomOS", "AtomOS (previous)")
Set = dict[str, bytes | None]


class Loaders:
    """What is on the ESP of a disk, and what its Recovery has."""

    def __init__(self, disk: InstalledDisk) -> None:
        self.disk = disk
        self.device = disk.disk.node(Role.ESP)
        self.recovery = disk.disk.node(Role.RECOVERY)
        self.esp = Esp(Runner())
        self.part = EspPart(
            device=self.device, disk=disk.disk.path, number=2, guid="0" * 8 + "-" + "0" * 4
        )

    def renewal(self, **changes: object) -> LoaderRenewal:
        mounts = Mounts(Runner(), self.disk.run.mounts)
        return LoaderRenewal(Runner(), mounts, **changes)  # type: ignore[arg-type]

    def folder(self, folder: PurePosixPath) -> Set:
        """The files of a set, by their names in /EFI/atomos."""
        self.esp.forget_cache(self.device)
        names = {"shimx64.efi": "BOOTX64.EFI"} if folder == REMOVABLE else {}
        every = ("shimx64.efi", "grubx64.efi", "mmx64.efi")
        return {name: self.esp.get(self.device, folder / names.get(name, name)) for name in every}

    def names(self, folder: PurePosixPath) -> set[str]:
        """All that there is in a folder."""
        self.esp.forget_cache(self.device)
        argv = ["mdir", "-b", "-i", self.device, f"::{folder}"]
        listed = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
        return {PurePosixPath(line).name for line in listed.splitlines()}

    def put(self, folder: PurePosixPath, files: Set) -> None:
        for name, data in files.items():
            assert data is not None
            shim = folder == REMOVABLE and name == "shimx64.efi"
            self.esp.put(self.device, data, folder / ("BOOTX64.EFI" if shim else name))

    def offered(self) -> Set:
        offered = self.renewal()._own(self.recovery)
        return {name: offered[name] for name in ("shimx64.efi", "grubx64.efi", "mmx64.efi")}

    def renew(self) -> None:
        """As both operations do."""
        renewal = self.renewal()
        assert renewal.refusal(recovery=self.recovery, esp=self.device) is None
        renewal.keep(recovery=self.recovery, esp=self.part, labels=LABELS)
        renewal.verify_kept(recovery=self.recovery, esp=self.device)
        renewal.renew(recovery=self.recovery, esp=self.device)
        renewal.verify(recovery=self.recovery, esp=self.device)

    def is_clean(self) -> bool:
        argv = ["fsck.fat", "-n", self.device]
        return subprocess.run(argv, check=False, capture_output=True).returncode == 0


@pytest.fixture
def loaders(installed: InstalledDisk) -> Loaders:
    return Loaders(installed)


def everything(loaders: Loaders) -> str:
    return loaders.disk.bytes_of(Role.ESP)


def test_an_update_of_recovery_brings_them_and_keeps_those_before(
    loaders: Loaders, new: Path
) -> None:
    before, stub = loaders.folder(OWN), loaders.esp.get(loaders.device, STUB)
    assert loaders.disk.carry_out(wish_at(new)) is ExitCode.DONE
    offered = loaders.offered()
    assert before != offered
    assert loaders.folder(OWN) == loaders.folder(REMOVABLE) == offered
    assert loaders.folder(OLD) == before
    assert loaders.esp.get(loaders.device, STUB) == stub
    assert loaders.is_clean()
    notices = [each.text for each in follow(loaders.disk.run) if isinstance(each, Notice)]
    assert any("did not take an entry" in each for each in notices)
    known = everything(loaders)
    assert loaders.disk.carry_out(wish_at(new)) is ExitCode.DONE
    assert everything(loaders) == known


def test_the_next_ones_take_the_place_of_those_that_were_kept(loaders: Loaders) -> None:
    first = loaders.folder(OWN)
    loaders.renew()
    assert loaders.folder(OLD) == first
    second: Set = {name: made_loader("made,1,\n", b"2") for name in first}
    loaders.put(OWN, second)
    loaders.renew()
    assert loaders.folder(OLD) == second
    assert loaders.folder(OWN) == loaders.offered()


def dies_at(count: int) -> Callable[..., None]:
    """In the place of every deed of `Esp`: the process dies at one of them."""
    left = [count]

    def die_once(*_arguments: object) -> None:
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1

    return die_once


def killed_at(loaders: Loaders, count: int) -> bool:
    """Whether the process died before it came to its end."""
    child = os.fork()
    if child == 0:
        try:
            die, put, swap = dies_at(count), Esp.put, exchange

            def dying_put(*arguments: object, **named: object) -> None:
                die()
                put(*arguments, **named)  # type: ignore[arg-type]
                die()

            def dying_exchange(*arguments: object) -> None:
                die()
                swap(*arguments)  # type: ignore[arg-type]
                die()

            with (
                mock.patch.object(Esp, "put", dying_put),
                mock.patch("backends.esp.exchange", dying_exchange),
            ):
                loaders.renew()
        except BaseException:
            os._exit(1)
        os._exit(0)
    _pid, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.waitstatus_to_exitcode(status) == 0
    return False


def starts(found: Set, before: Set, offered: Set) -> bool:
    """Whether shim is whole, and starts the GRUB beside it: a new one need not start an old one."""
    whole = all(data in (before[name], offered[name]) for name, data in found.items())
    new_shim = found["shimx64.efi"] == offered["shimx64.efi"]
    others = [name for name in found if name != "shimx64.efi"]
    return whole and (not new_shim or all(found[name] == offered[name] for name in others))


def test_cut_off_anywhere_all_that_starts_is_whole_and_again_comes_to_its_end(
    loaders: Loaders,
) -> None:
    before, offered = loaders.folder(OWN), loaders.offered()
    stub = loaders.esp.get(loaders.device, STUB)
    start = Path(loaders.device).read_bytes()
    points = 0
    while True:
        died = killed_at(loaders, points)
        loaders.disk.upkeep().tidy()
        for folder in (OWN, REMOVABLE):
            assert starts(loaders.folder(folder), before, offered), f"at {points} in {folder}"
        kept = loaders.folder(OLD)
        if loaders.folder(OWN) != before:
            assert kept == before, f"at {points}"
        if not died:
            break
        loaders.renew()
        assert loaders.folder(OWN) == loaders.folder(REMOVABLE) == offered
        assert loaders.folder(OLD) == before
        assert loaders.names(OWN) == set(offered)
        assert loaders.names(REMOVABLE) == {*offered, "BOOTX64.EFI"} - {"shimx64.efi"}
        assert loaders.esp.get(loaders.device, STUB) == stub
        with Path(loaders.device).open("r+b") as device:
            device.write(start)
            os.fsync(device.fileno())
        loaders.esp.forget_cache(loaders.device)
        points += 1
    # Three that are kept, and for each of six a file beside and the exchange; before and after.
    assert points == 2 * (3 + 2 * len(LOADERS))


def test_older_ones_are_not_taken_and_that_is_told(loaders: Loaders, new: Path) -> None:
    newer: Set = {name: made_loader("sbat,1,\nmade,3,\n", b"x") for name in loaders.folder(OWN)}
    loaders.put(OWN, newer)
    loaders.esp.flush(loaders.device)
    known = everything(loaders)
    assert loaders.disk.carry_out(wish_at(new)) is ExitCode.DONE
    assert everything(loaders) == known
    notices = [each.text for each in follow(loaders.disk.run) if isinstance(each, Notice)]
    assert any("is older than the one that is there" in each for each in notices), notices


def test_what_this_machine_starts_no_more_is_not_taken(loaders: Loaders, tmp_path: Path) -> None:
    in_force = tmp_path / "SbatLevelRT"
    in_force.write_bytes(b"\x06\0\0\0sbat,1,2024010900\nmade,3\n")
    refusal = loaders.renewal(in_force=in_force).refusal(
        recovery=loaders.recovery, esp=loaders.device
    )
    assert refusal is not None
    assert "starts no more" in refusal
    in_force.write_bytes(b"\x06\0\0\0sbat,1,2024010900\nmade,2\n")
    renewal = loaders.renewal(in_force=in_force)
    assert renewal.refusal(recovery=loaders.recovery, esp=loaders.device) is None


def test_somebody_else_s_loader_at_the_removable_path_stays(loaders: Loaders) -> None:
    theirs: Set = {name: f"theirs {name}".encode() for name in loaders.folder(REMOVABLE)}
    loaders.put(REMOVABLE, theirs)
    loaders.renew()
    assert loaders.folder(REMOVABLE) == theirs
    assert loaders.folder(OWN) == loaders.offered()


def test_a_recovery_without_them_leaves_the_esp_alone(loaders: Loaders) -> None:
    with Path(loaders.recovery).open("r+b") as device:
        device.write(bytes(1 << 20))
    refusal = loaders.renewal().refusal(recovery=loaders.recovery, esp=loaders.device)
    assert refusal is not None
    assert "no ISO" in refusal


def test_a_full_esp_is_told_and_stays_as_it_is(loaders: Loaders) -> None:
    before = loaders.folder(OWN)
    filling = filling_of(FileSystem(device=loaders.device, kind="vfat"), loaders.disk.mounts)
    filling.fill()
    loaders.esp.forget_cache(loaders.device)
    with pytest.raises(InstallError, match="is full"):
        loaders.renew()
    filling.empty()
    loaders.esp.forget_cache(loaders.device)
    assert loaders.is_clean()
    assert loaders.folder(OWN) == loaders.folder(REMOVABLE) == before
    assert set(loaders.folder(OLD).values()) == {None}
    loaders.renew()
    assert loaders.folder(OLD) == before


class NoMount(Runner):
    """Whose mount(8) fails."""

    def run(self, argv: Sequence[str], **named: object) -> Completed:
        return super().run(("false",) if argv[0] == "mount" else argv, **named)  # type: ignore[arg-type]


def test_a_tool_that_fails_is_no_reason_to_leave_them(loaders: Loaders) -> None:
    """Else a run would end well that has looked at nothing."""
    mounts = Mounts(NoMount(), loaders.disk.run.mounts)
    with pytest.raises(ToolFailed):
        LoaderRenewal(Runner(), mounts).refusal(recovery=loaders.recovery, esp=loaders.device)


def test_the_release_s_loaders_are_those_that_were_made(loaders: Loaders) -> None:
    sums = {hashlib.sha256(data or b"").hexdigest() for data in loaders.offered().values()}
    assert len(sums) == 3
    assert all(small_release.SBAT.encode() in (data or b"") for data in loaders.offered().values())
