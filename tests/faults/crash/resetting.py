"""A reset that is recorded while the system's own script carries it out, and its judge."""

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from backends.block_device import drop_cache
from backends.installed_tree import InstalledTree
from backends.mounts import Mounts
from backends.runner import Runner
from installer.boot_state import BootState, parse
from installer.errors import InstallError
from installer.grub_state import STATE_FILES
from installer.layout import Role
from installer.upkeep.reset import ASIDE, BESIDE
from tests.faults.belongings import missing_belongings
from tests.faults.crash.boot_look import GrubFiles, said
from tests.faults.crash.judge import Loss, Verdict
from tests.faults.crash.keeping import Before, plain_parts
from tests.faults.crash.points import Point
from tests.faults.crash.rebuilt import RebuiltDisk
from tests.faults.crash.recorded import Marks, Recording
from tests.faults.crash.recording import recording_disk
from tests.faults.crash.sparse import copy_sparse
from tests.faults.failing_disk import loop_over
from tests.faults.ground import show_partitions
from tests.tools.boot_disk import BootDisk, shell_in
from tests.tools.reset_machine import REQUEST, RESET, request
from tests.tools.written_disk import Attached, attached

_UPPER: Final = "@var/lib/atomos/etc/upper"
_CHANGED: Final = f"{_UPPER}/hosts"
"""What somebody has changed, and a reset takes back."""
_BESIDE: Final = (
    *(f"{name}{suffix}" for name in ("@var", "@nix") for suffix in (BESIDE, ASIDE)),
    *(f"{_UPPER}.{suffix}" for suffix in ("new", "old")),
)
SETTINGS: Final = "settings"
LEVELS: Final = (SETTINGS, "system")
Fault = tuple[Loss, str]


@dataclass(frozen=True, kw_only=True)
class Reset:
    """The recording."""

    level: str
    slot_guid: str
    recording: Recording


def record_reset(before: Before, level: str, name: str = "") -> Reset:
    """Ask for it on a disk that somebody has used, and start once; in a folder of that name."""
    folder = before.folder / (name or f"reset {level}")
    folder.mkdir()
    image, base, log = (folder / name for name in ("disk.raw", "base.raw", "log"))
    copy_sparse(before.image, image)
    mounts = Mounts(Runner(), folder / "mnt")
    with attached(image) as disk:
        _ask(disk, level, mounts)
    copy_sparse(image, base)
    guid, marks = before.identifiers.partition_guids[Role.SLOT_A], Marks(log=log)
    with recording_disk(image, log) as device, marks.section(f"reset of {level}"):
        start(device, guid, folder)
    image.unlink()
    return Reset(level=level, slot_guid=guid, recording=marks.recording(base, plain_parts()))


def _ask(disk: Attached, level: str, mounts: Mounts) -> None:
    with mounts.device(disk.node(Role.BOOT), "ext4", read_only=False) as top:
        (top / REQUEST).parent.mkdir(exist_ok=True)
        (top / REQUEST).write_text(request(level))
        for name in STATE_FILES:
            (top / name).write_bytes(BootState().begun("a").to_block())
    with mounts.device(disk.node(Role.DATA), "btrfs", read_only=False) as top:
        (top / _CHANGED).write_text("127.0.0.1 mine\n")


def start(device: str, slot_guid: str, folder: Path) -> None:
    """As the initramfs does, up to where /var is mounted."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        mounts = Mounts(Runner(), Path(name) / "mnt")
        boot = BootDisk(device=device, slot_uuid=slot_guid, mounts=mounts)
        disk = Attached(path=device)
        slot = disk.node(Role.SLOT_A)
        with shell_in(Path(name), "dash") as shell, InstalledTree(mounts).slot(slot) as tree:
            shell.plug_in(boot)
            shell.link(f"by-partuuid/{slot_guid}", slot)
            shell.started_with(f"quiet root=PARTUUID={slot_guid} ro atomos.slot=a")
            shell.run(RESET, disk.node(Role.DATA), tree)


@dataclass(frozen=True, kw_only=True)
class ResetJudge:
    """Whatever a power cut leaves, the next start carries it out to its end."""

    disk: RebuiltDisk
    reset: Reset
    folder: Path

    def judge(self, point: Point) -> Verdict:
        """Of the next one of points in their order."""
        (section,) = self.reset.recording.sections
        image = self.folder / "started.raw"
        with self.disk.at(point):
            faults = [*self._checked(), *self._blocks()]
            copy_sparse(self.disk.image, image)
        with loop_over(image, 512) as device:
            show_partitions(device)
            try:
                start(device, self.reset.slot_guid, self.folder)
                faults += self._carried_out(Attached(path=device))
            except (InstallError, OSError) as error:
                faults.append((Loss.LOST, f"it cannot be read: {error}"))
        image.unlink()
        return Verdict(section=section.name, point=point, starts="a", faults=tuple(faults))

    def _checked(self) -> Iterator[Fault]:
        copy = self.disk.copy(Role.DATA, self.folder / "data.raw")
        if unclean := said(["btrfs", "check", "--readonly", str(copy)]):
            yield Loss.LOST, unclean
        copy.unlink()

    def _blocks(self) -> Iterator[Fault]:
        copy = self.disk.copy(Role.BOOT, self.folder / "boot.raw")
        blocks = map(GrubFiles(copy).read, STATE_FILES)
        if not any(parse(each or b"") for each in blocks):
            yield Loss.UNBOOTABLE, "GRUB finds no boot state"
        copy.unlink()

    def _carried_out(self, disk: Attached) -> Iterator[Fault]:
        mounts = Mounts(Runner(), self.folder / "mnt")
        boot, data = disk.node(Role.BOOT), disk.node(Role.DATA)
        with mounts.device(boot, "ext4", read_only=True) as top:
            if (top / REQUEST).exists():
                yield Loss.LOST, "it does not come to its end"
        if unclean := said(["e2fsck", "-f", "-n", boot]):
            yield Loss.LOST, unclean
        with mounts.device(data, "btrfs", read_only=True) as top:
            yield from ((Loss.LOST, each) for each in self._amiss(top))
        drop_cache(data)

    def _amiss(self, top: Path) -> Iterator[str]:
        """Of what is to go and what is to stay."""
        if (top / _CHANGED).exists():
            yield "what was changed in /etc is still there"
        for name in _BESIDE:
            if (top / name).exists():
                yield f"{name} is left over"
        for file in ("passwd", "shadow"):
            rows = (top / _UPPER / file).read_text() if (top / _UPPER / file).exists() else ""
            if "\nada:" not in f"\n{rows}":
                yield f"ada is not in {file}"
        everything = self.reset.level == SETTINGS
        if missing := missing_belongings(top, var=everything, nix=everything):
            yield f"of the person's: {missing}"


@contextlib.contextmanager
def judge_of(reset: Reset, folder: Path) -> Iterator[ResetJudge]:
    """With copies in that folder."""
    disk = RebuiltDisk(reset.recording, folder / "disk.raw")
    try:
        yield ResetJudge(disk=disk, reset=reset, folder=folder)
    finally:
        disk.close()
