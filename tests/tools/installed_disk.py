"""A disk with an AtomOS on it whose slot A is said to run, and what keeps such a system."""

import contextlib
import functools
import hashlib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from backends.boot_state_blocks import BootStateBlocks
from backends.container_unlock import ContainerUnlock
from backends.hardware_live import LiveHardware
from backends.keyrings import KEYS
from backends.luks import Cryptsetup
from backends.mounts import Mounts
from backends.reset_request import ResetRequests
from backends.runner import Runner
from backends.system_look import SystemLook
from backends.uses import uses_of_device
from backends.volume_group import Lvm
from backends.wished_releases import WishedReleasesHere
from installer.__main__ import machinery
from installer.answers import Source
from installer.boot_state import RECOVERY, BootState
from installer.contract import CONTRACT_PATH, fill
from installer.contract_file import load_contract
from installer.errors import ExitCode
from installer.execution import MachineryMaker
from installer.grub_menu import RecoveryEntry, menu
from installer.hardware import HardwareSource, Machine
from installer.identifiers import Identifiers
from installer.journal import RunDirectory
from installer.layout import Role
from installer.machinery import Machinery
from installer.release import contract_name, live_name, roothash_name
from installer.roothash import parse_roothash
from installer.run_words import UPDATE
from installer.slot_records import SlotRecord, with_records
from installer.upkeep.execution import UpkeepExecution
from installer.upkeep.session import Upkeep
from installer.upkeep.wish import Errand, Wish
from tests.faults import small_release
from tests.tools.releases import releases
from tests.tools.written_disk import SIZES, Attached

OWN: Final = "rd.vconsole.keymap=de console=ttyS0 mitigations=off"
RECOVERY_OWN: Final = "console=tty0 console=ttyS0"


@dataclass(frozen=True)
class OneDisk:
    """This machine, but for its other disks."""

    disk: str
    ours: Path

    def machine(self) -> Machine:
        """See HardwareSource."""
        live = LiveHardware(Runner(), include_loop=True, needed=("mount",), own_mounts=self.ours)
        found = live.machine()
        return replace(found, disks=tuple(each for each in found.disks if each.path == self.disk))


class NoProcess:
    """A Launcher that nobody needs: what it would start is called."""

    def launch_detached(self, argv: object, stdin: bytes, log: Path) -> None:
        """Nothing."""


@dataclass(frozen=True, kw_only=True)
class InstalledDisk:
    """The disk, what is mounted of it, and a folder for what is in memory on a real machine."""

    disk: Attached
    slot: Path
    folder: Path
    mounts: Mounts
    keys: Path = KEYS
    """Whom it trusts."""

    @property
    def run(self) -> RunDirectory:
        return RunDirectory(path=self.folder / "run", words=UPDATE)

    @property
    def hardware(self) -> HardwareSource:
        return OneDisk(self.disk.path, self.folder)

    @property
    def systems(self) -> SystemLook:
        return SystemLook(
            self.hardware,
            Mounts(Runner(), self.run.looks),
            functools.partial(uses_of_device, ignored=self.folder),
            command_line=self.folder / "cmdline",
            slot=self.slot,
        )

    def upkeep(self) -> Upkeep:
        """As ``installer/upkeep/__main__.py`` has it."""
        mounts = Mounts(Runner(), self.run.mounts)
        return Upkeep(
            systems=self.systems,
            hardware=self.hardware,
            releases=WishedReleasesHere(releases(self.keys), Mounts(Runner(), self.run.looks)),
            states=BootStateBlocks(mounts),
            resets=ResetRequests(mounts),
            launcher=NoProcess(),
            tidy=mounts.unmount_leftovers,
            unlocker=ContainerUnlock(Cryptsetup(Runner(), mounts), Lvm(Runner())),
            run=self.run,
        )

    def carry_out(self, wish: Wish, maker: MachineryMaker | None = None) -> ExitCode:
        """Plan, and be the process that writes."""
        upkeep = self.upkeep()
        document = Errand(wish=wish, digest=upkeep.plan(wish).digest).to_json()
        return self.execute(document, maker)

    def execute(self, document: bytes, maker: MachineryMaker | None = None) -> ExitCode:
        """Be the process that writes."""
        with contextlib.ExitStack() as left_open:

            def usual(*arguments: object) -> Machinery:
                return machinery(self.run.mounts, left_open, *arguments)  # type: ignore[arg-type]

            return UpkeepExecution(
                systems=self.systems,
                hardware=self.hardware,
                releases=self.upkeep().releases,
                make_machinery=maker or usual,
                tidy=Mounts(Runner(), self.run.mounts).unmount_leftovers,
                run=self.run,
            ).carry_out(document)

    def bytes_of(self, role: Role, count: int | None = None) -> str:
        """SHA-256 of a partition, past the page cache of whoever has it mounted."""
        with Path(self.disk.node(role)).open("rb") as opened:
            os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            digest = hashlib.sha256()
            left = count if count is not None else 1 << 60
            while left and (piece := opened.read(min(left, 1 << 20))):
                digest.update(piece)
                left -= len(piece)
        return digest.hexdigest()

    def boot_file(self, name: str) -> bytes:
        """A file of the boot partition, as GRUB reads it: without its journal."""
        argv = ["grub-fstest", self.disk.node(Role.BOOT), "cat", f"/{name}"]
        subprocess.run(["blockdev", "--flushbufs", self.disk.node(Role.BOOT)], check=True)
        return subprocess.run(argv, check=True, capture_output=True).stdout

    def state(self) -> BootState:
        """What both blocks say."""
        return self.systems.look().state

    def what_runs(self) -> dict[str, str]:
        """All that must not change by whatever becomes of slot B."""
        fixed = (Role.BIOS, Role.ESP, Role.SLOT_A, Role.RECOVERY, Role.DATA)
        boot = ("a/vmlinuz", "a/initrd")
        return {
            **{role.value: self.bytes_of(role) for role in fixed},
            **{name: hashlib.sha256(self.boot_file(name)).hexdigest() for name in boot},
            "entry": line_of(self.boot_file("grub/grub.cfg").decode(), "a"),
        }


def line_of(text: str, slot: str) -> str:
    """The kernel line of a slot's entry."""
    (line,) = (each for each in text.splitlines() if f"/{slot}/vmlinuz" in each)
    return line


@contextlib.contextmanager
def running_from_a(
    disk: Attached, identifiers: Identifiers, release: Path, folder: Path, mounts: Mounts
) -> Iterator[InstalledDisk]:
    """The system on `disk`, which holds that release: started from A, and marked good."""
    image = small_release.image_of(release)
    live = live_name(small_release.VERSION, small_release.ARCHITECTURE)
    verity = parse_roothash((image.with_name(roothash_name(image.name))).read_text(), "roothash")
    lines = {}
    with mounts.device(disk.node(Role.SLOT_A), "squashfs", read_only=True) as slot:
        text = (slot / CONTRACT_PATH.relative_to("/")).read_text()
        template = load_contract(text, "image.yaml").command_lines.plain
        for name, role in (("a", Role.SLOT_A), ("b", Role.SLOT_B)):
            values = {
                "slot.device": f"/dev/disk/by-partuuid/{identifiers.partition_guids[role]}",
                "verity.root_hash": verity.root_hash,
                "verity.hash_offset": str(verity.hash_offset_bytes),
            }
            lines[name] = f"{fill(template, values)} {OWN}"
        grub = menu(
            a=lines["a"],
            b=lines["b"],
            recovery=_recovery(identifiers, image.with_name(contract_name(live))),
            serial_console=None,
        )
        record = SlotRecord(version=small_release.VERSION, signed_by=None)
        with mounts.device(disk.node(Role.BOOT), "ext4", read_only=False) as boot:
            place = boot / "grub/grub.cfg"
            place.write_text(with_records(grub, {"a": record, "b": record, RECOVERY: record}))
        BootStateBlocks(mounts).change(
            boot=disk.node(Role.BOOT), change=lambda state: state.begun("a").good("a")
        )
        (folder / "cmdline").write_text(f"{lines['a']} atomos.slot=a\n")
        yield InstalledDisk(disk=disk, slot=slot, folder=folder, mounts=mounts)


def _recovery(identifiers: Identifiers, beside: Path) -> RecoveryEntry:
    """As the installer writes it, on a serial line."""
    contract = load_contract(beside.read_text(), beside.name)
    guid = identifiers.partition_guids[Role.RECOVERY]
    words = fill(contract.command_lines.recovery, {"recovery.partuuid": guid})
    return RecoveryEntry(
        partition_number=list(SIZES).index(Role.RECOVERY) + 1,
        kernel=str(contract.kernel),
        initrd=str(contract.initrd),
        command_line=f"{words} {RECOVERY_OWN}",
    )


def release_at(folder: Path, *, version: str | None = None) -> Wish:
    """What is asked for where that folder is an unsigned release, and that is allowed."""
    source = Source(url=folder.as_uri(), version=version, allow_unsigned=True)
    return Wish(source=source)
