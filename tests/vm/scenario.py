"""A scenario: a story about a machine, told by a function, with what it needs handed in."""

import os
import random
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.vm.machine import Bus, Drive, make_disk
from tests.vm.release_server import build_release, live_iso


@dataclass(frozen=True)
class Stage:
    """What a scenario stands on: a folder of its own, and the images of this checkout."""

    folder: Path
    """Empty at the start; what is left in it after a failure are the artefacts."""
    say: Callable[[str], None]
    online: bool = False
    """Whether the scenario may use servers of the internet."""

    @cached_property
    def release(self) -> Path:
        """A release directory with both images."""
        return build_release(self.folder.parent / "release")

    @property
    def stick(self) -> Drive:
        """The live ISO as the disk that a person dd'ed it to."""
        return Drive(path=live_iso(self.release), name="stick", read_only=True, format="raw")

    def dice(self) -> random.Random:
        """For what is left to chance; the seed is told, and ATOMOS_SEED gives one."""
        seed = int(os.environ.get("ATOMOS_SEED") or secrets.randbelow(10**6))
        self.say(f"seed {seed} (ATOMOS_SEED={seed} repeats it)")
        return random.Random(seed)

    def disk(
        self, name: str, size: str, *, bus: Bus = Bus.VIRTIO, sector_bytes: int = 512
    ) -> Drive:
        """A blank disk."""
        path = make_disk(self.folder / f"{name}.qcow2", size)
        return Drive(path=path, name=name, bus=bus, sector_bytes=sector_bytes)


@dataclass(frozen=True)
class Scenario:
    """A named story."""

    name: str
    promise: str
    """In one line."""
    story: Callable[[Stage], None]
    everyday: bool = True
    """Whether ``./dev test`` runs it, or only ``./dev test-all``."""


def run(
    scenario: Scenario, artefacts: Path, say: Callable[[str], None], *, online: bool = False
) -> None:
    """Run a story in ``artefacts/<name>``. Its disks are removed when it ends well.

    Raises whatever the story raises; the folder then holds serial log, screenshot and journal.
    """
    folder = (artefacts / scenario.name).absolute()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        scenario.story(Stage(folder, say, online))
    except BaseException:
        say(f"FAILED; what it saw is in {folder}:")
        for path in sorted(folder.iterdir()):
            if path.suffix not in {".qcow2", ".raw"}:
                say(f"  {path.name}")
        raise
    shutil.rmtree(folder)
