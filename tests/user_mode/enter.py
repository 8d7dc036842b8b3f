"""``python -m tests.user_mode.enter SCRATCH LAYERS NAME=FOLDER...``: become user-mode Linux.

Mounts what it sees of this machine; in a mount namespace of its own (unshare(1)) nothing of that is
left when it ends, however that is.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

SHARED: Final = Path("/mnt")
"""Where it sees the folder `shared` of its scratch folder, and in there what else it sees."""
COMMAND: Final = "command"
DISK: Final = "disk.raw"
ALIVE: Final = "alive"
"""The file of that folder in which it says every 10 s what it runs."""
LIBRARY: Final = "mends.so"
_MEMORY: Final = "2G"
"""Of this machine it takes what is written to only."""
TEMPORARY: Final = "/tmp"
"""In there is its memory."""


def enter(scratch: Path, layers: str, shared: dict[str, Path]) -> None:
    """Does not return."""
    root, place = scratch / "root", scratch / "shared"
    for folder in (root, *(place / name for name in shared)):
        folder.mkdir()
    mount("-t", "overlay", "-o", f"lowerdir={layers}", "none", root)
    mount("-t", "tmpfs", "-o", "size=90%", "none", root / TEMPORARY.lstrip("/"))
    for name, folder in shared.items():
        mount("--bind", "-o", "ro", folder, place / name)
    mount("--rbind", place, root / SHARED.relative_to("/"))
    # In its own environment, not in that of chroot, which has another C library.
    settings = [f"LD_PRELOAD={SHARED / LIBRARY}", f"TMPDIR={TEMPORARY}"]
    os.execvp("chroot", ["chroot", str(root), "/usr/bin/env", "-i", *settings, *_kernel()])


def _kernel() -> list[str]:
    return [
        *("/usr/bin/linux.uml", f"mem={_MEMORY}", "rootfstype=hostfs", "ro"),
        *(f"init={SHARED}/project/tests/user_mode/init.sh", f"uml_dir={TEMPORARY}"),
        *(f"ubd0={SHARED / DISK}", "con=null", "con0=fd:0,fd:1"),
        # Of its words only those of its death: others would come in the middle of a line.
        "loglevel=1",
    ]


def mount(*words: str | Path) -> None:
    """Mount, in the namespace of this process; by mount(2), see mkimage-profile/layers.py."""
    settings = {**os.environ, "LIBMOUNT_FORCE_MOUNT2": "always"}
    subprocess.run(["mount", *words], check=True, env=settings)


if __name__ == "__main__":
    pairs = (word.split("=", 1) for word in sys.argv[3:])
    enter(Path(sys.argv[1]), sys.argv[2], {name: Path(folder) for name, folder in pairs})
