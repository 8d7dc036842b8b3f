"""The recording of what keeps an installed system: an update, back, and back again."""

import subprocess
from pathlib import Path
from typing import Final

from backends.boot_state_blocks import BootStateBlocks
from backends.mounts import Mounts
from backends.runner import Runner
from installer.errors import ExitCode
from installer.identifiers import Identifiers
from installer.layout import Role
from installer.quantity import MIB
from tests.faults import small_release
from tests.faults.belongings import leave_belongings
from tests.faults.crash.recorded import Marks, Part, Recording
from tests.faults.crash.recording import recording_disk
from tests.faults.layouts import PLAIN
from tests.tools.installed_disk import InstalledDisk, release_at, running_from_a
from tests.tools.written_disk import SIZES, Attached, Writer, attached, live_root

_SIZES: Final = {**SIZES, Role.BOOT: 512 * MIB}
"""From that size on an ext4 has blocks of 4 KiB, as on real disks."""
VERSIONS: Final = (small_release.VERSION, "2.0", "3.0")


def releases_in(folder: Path) -> tuple[Path, ...]:
    """One for each of `VERSIONS`."""
    return tuple(
        small_release.make(folder / version, seed=seed, version=version)
        for seed, version in enumerate(VERSIONS)
    )


def record_keeping(folder: Path, releases: tuple[Path, ...]) -> Recording:
    """An update, what takes it back, a start of the other slot, and an update of a good slot."""
    old, new, newest = releases
    identifiers = Identifiers.draw()
    mounts = Mounts(Runner(), folder / "mnt")
    live = live_root(folder / "live")
    writer = Writer(runner=Runner(), mounts=mounts, release=old, live=live, sizes=_SIZES)
    image, base, log = (folder / name for name in ("disk.raw", "base.raw", "log"))
    writer.write(image, identifiers)
    with attached(image) as disk:
        leave_belongings(disk.path, PLAIN, mounts)
    subprocess.run(["cp", "--sparse=always", str(image), str(base)], check=True)
    (folder / "atomos").mkdir()
    marks = Marks(log=log)
    with (
        recording_disk(image, log) as device,
        running_from_a(Attached(path=device), identifiers, old, folder / "atomos", mounts) as there,
    ):
        with marks.section("update"):
            assert there.carry_out(release_at(new)) is ExitCode.DONE
        with marks.section("rollback"):
            there.upkeep().roll_back()
        with marks.section("boot-next"):
            there.upkeep().start_once("b")
        b_is_good(there)
        with marks.section("update of a slot that is good"):
            assert there.carry_out(release_at(newest)) is ExitCode.DONE
    return marks.recording(base, plain_parts())


def b_is_good(there: InstalledDisk) -> None:
    """As after its start and a minute; A runs again."""
    BootStateBlocks(there.mounts).change(
        boot=there.disk.node(Role.BOOT),
        change=lambda state: state.begun("b").good("b").begun("a").good("a"),
    )


def plain_parts() -> dict[Role, Part]:
    """Of a disk as `Writer` writes it."""
    parts, start = {}, MIB
    for role, size in _SIZES.items():
        parts[role] = Part(start=start, size=size)
        start += size
    return parts
