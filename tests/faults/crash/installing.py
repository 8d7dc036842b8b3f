"""The recording of an installation that came to its good end."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from installer.errors import ExitCode
from installer.identifiers import Identifiers
from installer.layout import Role
from tests.faults import small_release
from tests.faults.bench import Supplies
from tests.faults.crash.boot_look import GrubFiles
from tests.faults.crash.ground_recording import RecordingGrounds
from tests.faults.crash.partitions import parts_of
from tests.faults.crash.recorded import Marks, Part, Recording
from tests.faults.crash.sparse import copy_range, copy_sparse
from tests.faults.crash.told_kernel import told_kernel
from tests.faults.crash.whole import System, sha256, system_of
from tests.faults.ground import DISK
from tests.faults.layouts import Layout
from tests.faults.loaders import make_loaders
from tests.faults.rig import Rig
from tests.faults.watchers import Bystander

_MENU: Final = "grub/grub.cfg"


@dataclass(frozen=True, kw_only=True)
class Installed:
    """The recording, and what a disk may hold then."""

    layout: Layout
    supplies: Supplies
    recording: Recording
    systems: tuple[System, ...]
    menus: Mapping[str, str]
    """See Judge."""
    disk: tuple[str, ...] = ()
    """The disk in the end, in lines (fingerprint.py)."""


def record_installation(folder: Path, layout: Layout, say: Callable[[str], None]) -> Installed:
    """Install, over an installation of another release where the layout keeps one."""
    kernel = told_kernel(folder, small_release.KERNEL_BYTES)
    older, newer = (
        Supplies(
            release=small_release.make(folder / f"{number}", seed=number, kernel=kernel).as_uri(),
            loaders=make_loaders(folder / f"live-{number}", seed=number),
            identifiers=Identifiers.draw(),
        )
        for number in range(2)
    )
    grounds = RecordingGrounds(folder)
    rig = Rig(folder=folder, grounds=grounds, supplies=newer, older=older, has_stick=False, say=say)
    marks, image = Marks(log=grounds.log), folder / "end.raw"
    with rig.bench(layout) as bench:
        with marks.section(f"installation, {layout}"):
            ended = bench.start(Bystander())
        assert ended.status == ExitCode.DONE, ended.words()
        disk = rig.look(bench)
        os.sync()
        copy_sparse(bench.ground.images[DISK], image)
    parts = parts_of(image)
    menus = {menu_in(grounds.base, parts, folder): "before", menu_in(image, parts, folder): "after"}
    return Installed(
        layout=layout,
        supplies=newer,
        recording=marks.recording(grounds.base, parts),
        systems=tuple(system_of(folder / f"{number}") for number in range(2)),
        menus=menus,
        disk=disk,
    )


def menu_in(image: Path, parts: Mapping[Role, Part], folder: Path) -> str:
    """SHA-256 of the menu on a disk; of nothing, where there is none."""
    part, file = parts[Role.BOOT], folder / "boot.raw"
    with image.open("rb") as disk, file.open("wb") as made:
        copy_range(disk.fileno(), made.fileno(), part.start, part.size)
    menu = GrubFiles(file).read(_MENU)
    file.unlink()
    return sha256(menu or b"")
