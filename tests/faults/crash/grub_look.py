"""What GRUB finds on a boot partition: by GRUB's own code, which replays no journal."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from installer.boot_state import RECOVERY
from installer.grub_state import STATE_FILES
from tests.vm.boot_cases import Blocks


@dataclass(frozen=True)
class GrubLook:
    """A file or device with one file system."""

    place: Path

    def read(self, path: str) -> bytes | None:
        """A file; None where GRUB cannot read it."""
        argv = ["grub-fstest", str(self.place), "cat", path]
        done = subprocess.run(argv, capture_output=True, check=False)
        # It says what goes wrong, and ends well after some of it.
        return done.stdout if done.returncode == 0 and not done.stderr else None

    def sequence(self, *, has_recovery: bool) -> tuple[str, ...]:
        """What the menu has start, one after the other, as the two blocks are.

        By the model; that GRUB makes the same of any two blocks is shown by the scenario
        ``boot-state``, and by those points that GRUB itself starts.
        """
        one, two = (self.read(f"/{name}") for name in STATE_FILES)
        return Blocks(one, two).state.sequence(has_recovery=has_recovery)

    def loads(self, slot: str) -> tuple[bytes, bytes] | None:
        """Kernel and initrd of a slot's entry; None where one of them cannot be loaded, and GRUB
        goes on to the next entry."""
        if slot == RECOVERY:
            raise ValueError("Recovery's are not on the boot partition")
        kernel, initrd = (self.read(f"/{slot}/{name}") for name in ("vmlinuz", "initrd"))
        return (kernel, initrd) if kernel and initrd else None
