"""What starts a machine beside its slots: Recovery, and shim and GRUB on the ESP."""

import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from backends.esp import LOADERS
from backends.iso_files import IsoFiles
from backends.recovery_image import SQUASHFS
from installer.release import live_name
from tests.faults import small_release
from tests.faults.crash.whole import sha256

SHIM: Final = "shimx64.efi"
_FOLDERS: Final = ("/EFI/atomos", "/EFI/BOOT")
_AT_THE_REMOVABLE_PATH: Final = {SHIM: "BOOTX64.EFI"}


@dataclass(frozen=True, kw_only=True)
class Iso:
    """A live image that Recovery may be."""

    version: str
    size: int
    sha256: str


def iso_of(release: Path, version: str) -> Iso:
    """That of a release as `small_release` makes it."""
    file = _live(release, version)
    return Iso(version=version, size=file.stat().st_size, sha256=sha256(file.read_bytes()))


def loaders_of(release: Path, version: str) -> Mapping[str, str]:
    """The same as `loader_sums`, of the live system in a release's ISO."""
    iso = _live(release, version)
    with iso.open("rb") as opened:
        extent = IsoFiles(opened.fileno(), str(iso)).file(SQUASHFS)
    with tempfile.TemporaryDirectory() as folder:
        argv = ["unsquashfs", "-q", "-n", "-d", f"{folder}/root", "-o", str(extent.offset_bytes)]
        subprocess.run([*argv, str(iso)], check=True, capture_output=True)
        return loader_sums(Path(folder, "root"))


def loader_sums(root: Path) -> Mapping[str, str]:
    """SHA-256 of each loader in a live system, by its name in /EFI/atomos."""
    return {
        place.name: sha256((root / source).read_bytes())
        for source, place in LOADERS
        if str(place.parent) == _FOLDERS[0]
    }


def loader_faults(esp: Path, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    """What of the ESP in that file does not start: each name has to have one of both whole, and a
    new shim need not start an old GRUB. Clusters of two names are nobody's for long."""
    for folder in _FOLDERS:
        held = {name: _sum(esp, PurePosixPath(folder), name) for name in old}
        for name, found in held.items():
            if found not in (old[name], new[name]):
                yield f"{folder}/{name} is neither the old one nor the new one"
        others = [name for name in held if name != SHIM]
        if held[SHIM] == new[SHIM] and any(held[name] != new[name] for name in others):
            yield f"a new shim stands in {folder} beside an old GRUB"
    argv = ["fsck.fat", "-n", str(esp)]
    said = subprocess.run(argv, check=False, capture_output=True, text=True).stdout
    if "share clusters" in said:
        yield f"two names of the ESP share clusters: {said}"


def _live(release: Path, version: str) -> Path:
    return release / live_name(version, small_release.ARCHITECTURE)


def _sum(esp: Path, folder: PurePosixPath, name: str) -> str | None:
    names = _AT_THE_REMOVABLE_PATH if folder.name == "BOOT" else {}
    argv = ["mtype", "-i", str(esp), f"::{folder / names.get(name, name)}"]
    done = subprocess.run(argv, check=False, capture_output=True)
    return sha256(done.stdout) if done.returncode == 0 else None
