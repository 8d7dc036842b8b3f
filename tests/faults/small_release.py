"""A release that is installed in seconds: ``python -m tests.faults.small_release DIR``.

A system image of about 20 MB with the account tools of this host, and something of a few MiB in the
place of the live ISO. Nothing of it boots. The same seed makes the same bytes on the same host.
"""

import argparse
import hashlib
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from backends.esp import LOADERS
from installer.contract import CONTRACT_PATH
from installer.quantity import KIB, MIB
from installer.release import SUMS_NAME, contract_name, image_name, live_name, roothash_name
from tests.tools.made_loader import made_loader
from tests.tools.packed import squashfs
from tests.tools.small_image import small_image

VERSION: Final = "1.0"
ARCHITECTURE: Final = "x86-64"
SLOT_SIZE: Final = "64 MiB"
"""Least size of a slot; answers have to ask for it, or slots get 2 GiB."""
KERNEL_BYTES: Final = 3 * MIB + 17
INITRD_BYTES: Final = 5 * MIB + 4096
"""Both end neither with a block nor together."""
LIVE_BYTES: Final = 3 * MIB
SBAT: Final = "sbat,1,\nmade,2,\n"
"""What its loaders say of their generations."""
_RECIPES: Final = Path(__file__).parents[2] / "mkimage-profile"
_CONTRACTS: Final = _RECIPES / "debian"
_LOCALES: Final = "de_DE.UTF-8, en_GB.UTF-8"
_BOOT: Final = Path("usr/lib/atomos/boot")
_EPOCH: Final = 1_700_000_000
"""Seconds since 1970: the time of everything in the images."""
_SMALL_FILES: Final = 200


def make(folder: Path, *, seed: int = 0, version: str = VERSION, kernel: bytes = b"") -> Path:
    """Make the release in `folder`, in the place of one that is there; returns `folder`.

    `kernel` is how the kernel begins. Needs root, for the owners of the files in the image.
    """
    folder.mkdir(parents=True, exist_ok=True)
    dice = random.Random(seed)
    system = folder / image_name(version, ARCHITECTURE)
    live = folder / live_name(version, ARCHITECTURE)
    with tempfile.TemporaryDirectory(dir=folder) as name:
        _make_system(Path(name), system, dice, version, kernel)
        _make_live(Path(name) / "live", live, dice, version)
    files = [each for image in (system, live) for each in (image, _contract_beside(image))]
    files.append(_roothash_beside(system))
    (folder / SUMS_NAME).write_text("".join(map(_sum, files)))
    return folder


def image_of(folder: Path, version: str = VERSION) -> Path:
    """The system image of the release in `folder`."""
    return folder / image_name(version, ARCHITECTURE)


def _make_system(
    scratch: Path, image: Path, dice: random.Random, version: str, kernel: bytes
) -> None:
    contract = _contract("system", version).replace(
        "minimum_slot: 1 GiB", f"minimum_slot: {SLOT_SIZE}"
    )
    root = small_image(scratch / "root")
    (root / CONTRACT_PATH.relative_to("/")).write_text(contract)
    (root / _BOOT).mkdir(parents=True)
    (root / _BOOT / "vmlinuz").write_bytes(kernel + dice.randbytes(KERNEL_BYTES)[len(kernel) :])
    (root / _BOOT / "initrd").write_bytes(dice.randbytes(INITRD_BYTES))
    _fill_var(root / "var", dice)
    image.unlink(missing_ok=True)
    _roothash_beside(image).unlink(missing_ok=True)
    times = ("-mkfs-time", str(_EPOCH), "-all-time", str(_EPOCH))
    squashfs(root, image, *times, "-processors", "1")
    argv = [sys.executable, str(_RECIPES / "hash_tree.py"), str(image)]
    subprocess.run(argv, check=True, capture_output=True)
    _contract_beside(image).write_text(contract)


def _fill_var(var: Path, dice: random.Random) -> None:
    """What is easily lost when it is copied, and enough of it to be cut off in the middle."""
    state = var / "lib" / "atomos-test"
    os.link(state / "state", state / "hard-link")
    (state / "link").symlink_to("/etc/passwd")
    (state / "large").write_bytes(dice.randbytes(2 * MIB))
    os.setxattr(state / "state", "user.colour", b"red")
    many = var / "cache" / "atomos-test"
    many.mkdir(parents=True)
    for number in range(_SMALL_FILES):
        (many / f"{number:03}").write_bytes(dice.randbytes(dice.randrange(8 * KIB)))
    (var / "log").mkdir()
    os.chown(state, 0, 42)
    state.chmod(0o2750)


def _make_live(staging: Path, image: Path, dice: random.Random, version: str) -> None:
    """An ISO with a GPT, by which its length is known, as the real one is made."""
    third = LIVE_BYTES // 3
    (staging / "live").mkdir(parents=True)
    for name in ("vmlinuz", "initrd"):
        (staging / "live" / name).write_bytes(dice.randbytes(third))
    contract = _contract("live", version)
    root = staging.with_name("live-root")
    _fill_live(root, contract, dice)
    times = ("-mkfs-time", str(_EPOCH), "-all-time", str(_EPOCH))
    squashfs(root, staging / "live" / "root.squashfs", *times, "-processors", "1")
    appended = staging.with_name("appended")
    appended.write_bytes(dice.randbytes(third))
    image.unlink(missing_ok=True)
    argv = ["xorriso", "-as", "mkisofs", "-quiet", "-r", "-V", "ATOMOS_LIVE", "-o", str(image)]
    argv += ["-partition_offset", "16", "-appended_part_as_gpt", "-append_partition", "2"]
    argv += ["C12A7328-F81F-11D2-BA4B-00A0C93EC93B", str(appended)]
    argv += ["--set_all_file_dates", f"={_EPOCH}", str(staging)]
    # By it xorriso also chooses its dates and GUIDs.
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(_EPOCH)}
    subprocess.run(argv, check=True, capture_output=True, env=environment)
    _contract_beside(image).write_text(contract)


def _fill_live(root: Path, contract: str, dice: random.Random) -> None:
    """A live system that says who it is, and has loaders that start nothing."""
    place = root / CONTRACT_PATH.relative_to("/")
    place.parent.mkdir(parents=True)
    place.write_text(contract)
    for name in dict.fromkeys(source for source, _place in LOADERS):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(made_loader(SBAT, dice.randbytes(20 * KIB)))


def _contract(kind: str, version: str) -> str:
    """That of the real image of this kind: the same kernel command lines."""
    text = (_CONTRACTS / f"contract-{kind}.yaml").read_text()
    return text.replace("@VERSION@", version).replace("@LOCALES@", _LOCALES)


def _contract_beside(image: Path) -> Path:
    return image.with_name(contract_name(image.name))


def _roothash_beside(image: Path) -> Path:
    return image.with_name(roothash_name(image.name))


def _sum(file: Path) -> str:
    with file.open("rb") as opened:
        return f"{hashlib.file_digest(opened, 'sha256').hexdigest()}  {file.name}\n"


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.small_release")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    print(make(arguments.folder, seed=arguments.seed))


if __name__ == "__main__":
    main()
