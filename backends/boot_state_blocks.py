"""The two blocks of the boot state on /boot, made once and then written where they are."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from backends.block_device import drop_cache, write_at
from backends.file_errors import file_errors
from backends.mounts import Mounts, flush_directory
from backends.regular_file import read_regular
from backends.whole_file import put_bytes
from installer.boot_state import (
    SIZE,
    BootState,
    begins_with_the_second,
    block_with,
    merged,
    parse,
)
from installer.errors import InstallError
from installer.grub_state import STATE_FILES
from installer.quantity import MIB
from installer.text import _

MODE: Final = 0o644
_LONGEST: Final = MIB
"""Bytes that are read of one, to keep variables of others: grub-editenv's have 1024."""


class BootStateBlocks:
    """Both blocks on an ext4 that is not mounted.

    GRUB writes into the sectors that a file has, and reads an ext4 without its journal. So a block
    is made by writing it (an extent that is only reserved reads as zeros to GRUB), and changed by
    writing the same sector again: it is neither truncated nor replaced, as grub-editenv does.
    """

    def __init__(self, mounts: Mounts) -> None:
        self._mounts = mounts

    def reset(self, *, boot: str, slots: tuple[str, ...]) -> None:
        """Forget what is known of `slots` and put them first, in both blocks.

        Killed between the two, what was first stays so, and again converges.
        Raises InstallError: /boot is full.
        """
        self._change(boot, lambda state: state.installed(slots))

    def open(self, *, boot: str, slot: str) -> None:
        """The same of one slot, with what is asked of Recovery kept. Raises InstallError."""
        self._change(boot, lambda state: state.opened(slot))

    def close(self, *, boot: str, slot: str) -> None:
        """Have nothing start `slot` by itself, in both blocks.

        Killed between the two, the smaller number of tries counts already. Raises InstallError.
        """
        self._change(boot, lambda state: state.closed(slot))

    def change(self, *, boot: str, change: Callable[[BootState], BootState]) -> None:
        """Have both blocks say what `change` makes of what they say now, and read them back.

        `change` may raise; nothing is written then. Raises InstallError.
        """
        state = self._change(boot, change)
        if self.read(boot=boot) != state:
            raise _not_as_written(STATE_FILES[0], boot)

    def _change(self, boot: str, change: Callable[[BootState], BootState]) -> BootState:
        with self._mounts.device(boot, "ext4", read_only=False) as top, file_errors(boot):
            places = [top / name for name in STATE_FILES]
            found = [read_regular(place, _LONGEST) for place in places]
            before = merged(*(parse(data) for data in found))
            state = change(before)
            turns = list(zip(places, found, strict=True))
            if begins_with_the_second(before, state):
                turns.reverse()
            for place, data in turns:
                _write(place, data, block_with(data, state))
            return state

    def read(self, *, boot: str) -> BootState:
        """What both say, past the cache. Raises InstallError unless they are valid and equal."""
        drop_cache(boot)
        with self._mounts.device(boot, "ext4", read_only=True) as top, file_errors(boot):
            states = states_in(top)
        for name, state in zip(STATE_FILES, states, strict=True):
            if state is None or state != states[0]:
                raise _not_as_written(name, boot)
        return merged(*states)


def _not_as_written(name: str, boot: str) -> InstallError:
    return InstallError(
        _("{path} on {device} is not what was written there").format(path=f"/{name}", device=boot),
        device=boot,
        way_out=_("Try again; if it stays so, use another disk."),
    )


def states_in(top: Path) -> list[BootState | None]:
    """What each block says in the boot partition that is mounted at `top`; None: it is none."""
    found = [read_regular(top / name, SIZE + 1) for name in STATE_FILES]
    return [parse(data) if len(data) == SIZE else None for data in found]


def _write(place: Path, found: bytes, block: bytes) -> None:
    """Write over a file that has the right size, and make any other anew. Raises OSError."""
    if len(found) != len(block):
        place.parent.mkdir(mode=0o755, exist_ok=True)
        flush_directory(place.parent.parent)
        put_bytes(place, block, mode=MODE)
        return
    descriptor = os.open(place, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        write_at(descriptor, block, 0)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
