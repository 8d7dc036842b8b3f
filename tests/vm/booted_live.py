"""A live system that was booted once and is brought back by its snapshot."""

import hashlib
import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Final

from tests.vm import live
from tests.vm.accelerator import accelerator
from tests.vm.machine import Drive, Firmware, Hardware, VirtualMachine, make_disk
from tests.vm.scenario import Stage

SNAPSHOT: Final = "live"
_KEPT: Final = ("disk.qcow2", "other.qcow2", "variables.qcow2")
_SHAPED_BY: Final = ("booted_live.py", "live.py", "machine.py", "accelerator.py")
"""Files of this folder that decide what the snapshot holds."""


def bring_back(stage: Stage) -> Hardware:
    """A machine at the live system's first screen: a blank disk of 16 GiB (serial number ``disk``)
    and one of 512 MiB (``other``). Booted at the first call, and again when anything changed."""
    kept = _cache(stage)
    if not kept.exists():
        stage.say("booting the live system once, for its snapshot")
        fresh = kept.with_name(f"{kept.name}.{os.getpid()}")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        make_disk(fresh / "disk.qcow2", "16G")
        make_disk(fresh / "other.qcow2", "512M")
        with VirtualMachine(_hardware(stage, fresh, None), stage.folder) as machine:
            live.start_on_serial(machine.serial)
            live.wait_for_app(machine.serial)
            machine.save(SNAPSHOT)
        with suppress(OSError):  # another run may have been faster
            fresh.rename(kept)
        _prune(kept.parent)
    for name in _KEPT:
        shutil.copyfile(kept / name, stage.folder / name)
    return _hardware(stage, stage.folder, SNAPSHOT)


def _prune(folder: Path) -> None:
    """Keep the two newest: half a GiB each, and a new one with every change of the live image."""
    for old in sorted(folder.iterdir(), key=lambda each: each.stat().st_mtime)[:-2]:
        shutil.rmtree(old, ignore_errors=True)


def _hardware(stage: Stage, folder: Path, snapshot: str | None) -> Hardware:
    return Hardware(
        firmware=Firmware.UEFI,
        drives=(
            stage.stick,
            Drive(path=folder / "disk.qcow2", name="disk"),
            Drive(path=folder / "other.qcow2", name="other"),
        ),
        variables=folder / "variables.qcow2",
        snapshot=snapshot,
    )


def _cache(stage: Stage) -> Path:
    digest = hashlib.sha256()
    with stage.stick.path.open("rb") as opened:
        digest.update(hashlib.file_digest(opened, "sha256").digest())
    for name in _SHAPED_BY:
        digest.update((Path(__file__).parent / name).read_bytes())
    version = subprocess.run(["qemu-system-x86_64", "--version"], check=True, capture_output=True)
    digest.update(version.stdout + accelerator().encode())
    cache = Path(os.environ.get("ATOMOS_CACHE", Path.home() / ".cache" / "atomos"))
    return cache / "snapshots" / digest.hexdigest()[:24]
