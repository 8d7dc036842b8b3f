"""A bench whose starts are resets of everything, by the disk's own Recovery.

Wherever one ends, the machine comes to Recovery, which goes on; or to a slot, as long as nothing
was lost, or once all is made.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from backends.block_device import drop_cache
from backends.boot_state_blocks import BootStateBlocks, states_in
from backends.mounts import Mounts
from backends.read_only_loop import ReadOnlyLoops
from backends.reset_request import ResetRequests, asked_in
from backends.runner import Runner
from backends.target_journal import FOLDER
from installer.boot_state import RECOVERY, BootState, SlotState, merged
from installer.errors import ExitCode, InstallError
from installer.layout import Role, partition_path
from installer.operations.reset import FETCHED
from installer.secret import Secret
from installer.session import Plan
from installer.upkeep.system import Level
from tests.faults import small_release
from tests.faults.area_lines import Area
from tests.faults.belongings import missing_belongings
from tests.faults.bench import Bench, Ended, Supplies
from tests.faults.crash.boot_look import MountedFiles, look_at, menus_of
from tests.faults.crash.whole import sha256
from tests.faults.ground import Ground
from tests.faults.layouts import NEW_PASSPHRASE, PASSPHRASE, RECOVERY_KEYS, Layout
from tests.faults.watchers import Watcher
from tests.tools.fetched_image import fetched_image

_GOOD: Final = BootState(a=SlotState(good=True), b=SlotState(good=True))
_NUMBERS: Final = {
    Role.BOOT: 3,
    Role.SLOT_A: 4,
    Role.SLOT_B: 5,
    Role.DATA: 7,
}
"""Of the partitions of a plain layout (installer/layout.py); the boot partition's of any."""
_CONTAINER: Final = 5
_SLOTS: Final = {"a": Role.SLOT_A, "b": Role.SLOT_B}
_OLD_KEYS: Final = (PASSPHRASE, RECOVERY_KEYS[False])


class ResetBench(Bench):
    """One disk whose system was asked for it; both slots have come up before."""

    def __init__(
        self, ground: Ground, layout: Layout, supplies: Supplies, folder: Path, older: Supplies
    ) -> None:
        """`older`: of what is on the disk."""
        super().__init__(ground, layout, supplies, folder)
        self._starts = 0
        self._looks = Mounts(Runner(), folder / "look")
        self._images = tuple(map(_image_sum, (older.release, supplies.release)))
        boot = self._node(Role.BOOT)
        BootStateBlocks(self._looks).change(boot=boot, change=lambda _state: _GOOD)
        ResetRequests(self._looks).ask(Level.EVERYTHING, boot=boot)
        with self._looks.device(boot, "ext4", read_only=True) as top:
            self._menus = {sha256((top / "grub/grub.cfg").read_bytes()): "before"}

    @property
    def devices(self) -> tuple[str, ...]:
        """See Bench. The image is brought into memory first."""
        return (*super().devices, str(FETCHED))

    def plan(self) -> Plan:
        """See Bench."""
        plan = super().plan()
        self._menus |= menus_of(plan)
        return plan

    def start(self, watcher: Watcher) -> Ended:
        """See Bench. Every other time Recovery itself was started anew: nothing is in memory."""
        if self._starts % 2 == 0:
            self._run.install_journal.unlink(missing_ok=True)
        self._starts += 1
        with fetched_image():
            return super().start(watcher)

    def amiss(self, ended: Ended) -> Iterator[str]:
        """See Bench."""
        is_done = ended.status == ExitCode.DONE
        try:
            yield from self._of_boot(is_done=is_done)
            if self.layout.encrypted:
                yield from self._of_keys(is_done=is_done)
        except InstallError as error:
            yield f"it cannot be looked at: {error} {error.tool_words}"

    def _of_boot(self, *, is_done: bool) -> Iterator[str]:
        """The boot partition, as GRUB finds it: without a replay."""
        boot = self._node(Role.BOOT)
        with (
            ReadOnlyLoops(Runner()).over(boot) as loop,
            self._looks.untouched(loop.device, "ext4") as top,
        ):
            look = look_at(MountedFiles(top), self._menus)
            state, asked = merged(*states_in(top)), asked_in(top)
            is_left = (top / FOLDER).exists()
        if look.start is None:
            yield look.fault
            return
        if not look.comes_to_recovery:
            yield "the menu does not come to Recovery by itself"
        if not is_done and asked is not Level.EVERYTHING:
            yield "nobody asks for the reset any more"
        if is_done and (is_left or state != BootState()):
            yield f"it has ended, and {state} or /{FOLDER} is left"
        if look.start.entry != RECOVERY:
            yield from self._of_slot(look.start.entry, is_made=state == BootState())

    def _of_slot(self, slot: str, *, is_made: bool) -> Iterator[str]:
        """One that starts by itself."""
        if self.layout.encrypted:
            if not self._opens(NEW_PASSPHRASE if is_made else PASSPHRASE):
                yield f"slot {slot} starts, and nothing opens it"
            return
        length, expected = self._images[is_made]
        node = self._node(_SLOTS[slot])
        drop_cache(node)
        if Area(path=node, size=length).sha256(0, length) != expected:
            yield f"slot {slot} starts, and is not whole"
        if not is_made:
            with self._looks.device(self._node(Role.DATA), "btrfs", read_only=True) as top:
                missing = missing_belongings(top, var=True)
            if missing:
                yield f"slot {slot} starts, and of the person's: {missing}"

    def _of_keys(self, *, is_done: bool) -> Iterator[str]:
        is_new = self._opens(NEW_PASSPHRASE)
        if is_done and not is_new:
            yield "the new passphrase opens nothing"
        if is_new and any(map(self._opens, _OLD_KEYS)):
            yield "an old key opens the new container"

    def _opens(self, key: Secret) -> bool:
        partition = partition_path(self.disk, _CONTAINER)
        with ReadOnlyLoops(Runner()).over(partition) as loop:
            argv = ["cryptsetup", "open", "--test-passphrase", "--key-file=-", loop.device]
            given = key.reveal().encode()
            done = subprocess.run(argv, input=given, check=False, capture_output=True)
            return done.returncode == 0

    def _node(self, role: Role) -> str:
        return partition_path(self.disk, _NUMBERS[role])


def _image_sum(release: str) -> tuple[int, str]:
    """Length and SHA-256 of the system image of a release."""
    image = small_release.image_of(Path(urlsplit(release).path))
    return image.stat().st_size, sha256(image.read_bytes())
