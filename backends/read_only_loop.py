"""A read-only loop device over a partition, so that nothing at all can write to it through that."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from backends.block_device import drop_cache, require_block_device
from backends.mounts import BUSY_SECONDS
from backends.runner import Runner
from backends.turns import own_turn

SECONDS: Final = 60.0
TURN_SECONDS: Final = 60.0
"""How long another look at the same partition is waited for: one took 6 seconds under emulation."""


class ReadOnlyLoop:
    """One of them, over `partition`."""

    def __init__(self, runner: Runner, device: str, partition: str) -> None:
        self._runner = runner
        self._partition = partition
        self._released = False
        self.device = device

    def release(self) -> None:
        """Let the kernel detach it as soon as nobody has it open (loop(4), LO_FLAGS_AUTOCLEAR).

        To be called once it is in use: then a killed run leaves no more than what uses it. Again
        does nothing: the device's number may be somebody else's by then.
        """
        if self._released:
            return
        self._released = True
        argv = ["losetup", "--detach", self.device]
        self._runner.run(argv, timeout=SECONDS, device=self._partition, cleaning_up=True)

    def wait_until_gone(self) -> None:
        """Return when it is detached: udev has a device open for a moment after its last user.

        Whoever looks at the disk next would take it for a use of the partition. After a while
        without success all goes on: it is read-only, and goes by itself.
        """
        file = Path("/sys/class/block", Path(self.device).name, "loop/backing_file")
        deadline = time.monotonic() + BUSY_SECONDS
        while time.monotonic() < deadline:
            try:
                if file.read_text().strip() != self._partition:
                    return
            except OSError:
                return
            time.sleep(0.05)


class ReadOnlyLoops:
    """The tool losetup(8).

    ``mount -o ro`` replays the log of a BTRFS, and cryptsetup repairs a LUKS2 header of which one
    copy is damaged, also when it is asked to open read-only: only the device can keep them off.
    """

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    @contextlib.contextmanager
    def over(self, partition: str) -> Iterator[ReadOnlyLoop]:
        """A loop device over `partition`, released at the end. Raises InstallError.

        One that a killed run left is released first. The apps on two consoles look at the same
        moment, and took each other's for such a one: one look at a time.
        """
        require_block_device(partition)
        with own_turn(partition, TURN_SECONDS):
            for left in self._leftovers(partition):
                left.release()
            drop_cache(partition)
            argv = ["losetup", "--read-only", "--find", "--show", partition]
            done = self._runner.run(argv, timeout=SECONDS, device=partition)
            loop = ReadOnlyLoop(self._runner, done.stdout.strip(), partition)
            try:
                yield loop
            finally:
                loop.release()
                loop.wait_until_gone()

    def _leftovers(self, partition: str) -> Iterator[ReadOnlyLoop]:
        argv = ["losetup", "--noheadings", "--output", "NAME,RO", "--associated", partition]
        done = self._runner.run(argv, timeout=SECONDS, device=partition)
        for line in done.stdout.splitlines():
            name, read_only = line.split()
            if read_only == "1":
                yield ReadOnlyLoop(self._runner, name, partition)
