"""An image from its source onto all targets in one pass."""

import contextlib
import mmap
from collections.abc import Callable, Iterator, Sequence

from backends.addresses import file_name
from backends.blocks import BLOCK, Block, Blocks
from backends.difference import Comparison, not_as_written
from backends.fan_out import FanOut, wait_for
from backends.follower import PIECE, Follower
from backends.head import HEAD, clear_head, write_head
from backends.paced import Paced
from backends.read_back import Device, reading
from backends.readers import told
from backends.targets import Target
from installer.errors import InstallError
from installer.release import ReleaseFile


class OnePass:
    """Writes one image once. `tell` is told the bytes that came and those that were read back."""

    def __init__(
        self, image: ReleaseFile, targets: Sequence[Target], tell: Paced, *, reads_back: bool
    ) -> None:
        self._image = image
        self._targets = targets
        self._tell = tell
        self._reads_back = reads_back
        self._head = memoryview(mmap.mmap(-1, HEAD))
        self._head_length = min(HEAD, image.size_bytes)
        self._came = 0
        self._follower: Follower | None = None

    def write(self, pieces: Iterator[bytes]) -> None:
        """Take all `pieces`, which raise where they are not the image.

        Whatever fails leaves the first MiB of every target zeroed, unless that cannot be written.
        Raises InstallError that names the target, NotTheSame, and what `pieces` and `tell` raise.
        """
        for target in self._targets:
            clear_head(target, self._head)
        with contextlib.ExitStack() as stack:
            devices = [
                stack.enter_context(reading(target.path, PIECE))
                for target in (self._targets if self._reads_back else ())
            ]
            self._write_the_rest(pieces, devices)
            try:
                self._write_the_head(devices)
            except InstallError:
                self._zero_again()
                raise

    def _write_the_rest(self, pieces: Iterator[bytes], devices: Sequence[Device]) -> None:
        """All but the head, which is kept; flushed, and read back where that is wanted."""
        blocks = Blocks()
        fan = FanOut(self._targets, blocks, withheld=HEAD)
        with contextlib.ExitStack() as stack:
            if devices:
                head = self._head[: self._head_length]
                self._follower = Follower(self._image, head, devices, fan)
                self._follower.start()
                # Behind the fan-out's end, by which it comes to its own.
                stack.callback(self._follower.join)
            stack.enter_context(fan)

            def look() -> None:
                fan.check()
                self._look()

            for block in _filled(told(pieces, self._tell_came), blocks, look):
                if block.offset == 0:
                    self._head[: self._head_length] = block.memory[: self._head_length]
                fan.put(block)
            fan.finish(look)
            if self._follower is not None:
                wait_for([self._follower], look)
            fan.check()

    def _write_the_head(self, devices: Sequence[Device]) -> None:
        expected = bytes(self._head[: self._head_length])
        for target in self._targets:
            write_head(target, self._head, self._head_length)
        for target, device in zip(self._targets, devices, strict=False):
            comparison = Comparison()
            comparison.add(0, device.at(0, self._head_length), expected)
            difference = comparison.difference()
            if difference is not None:
                raise not_as_written(target.path, file_name(self._image.url), difference)

    def _zero_again(self) -> None:
        self._head[:] = bytes(HEAD)
        for target in self._targets:
            with contextlib.suppress(InstallError):
                clear_head(target, self._head)

    def _tell_came(self, came: int) -> None:
        self._came = came
        self._look()

    def _look(self) -> None:
        self._tell(self._came + (self._follower.done if self._follower else 0))


def _filled(pieces: Iterator[bytes], blocks: Blocks, look: Callable[[], None]) -> Iterator[Block]:
    """Blocks full of what comes; the last one with what is left."""
    block = blocks.take(look)
    offset = 0
    for piece in pieces:
        rest = memoryview(piece)
        while rest:
            count = min(len(rest), BLOCK - block.length)
            block.memory[block.length : block.length + count] = rest[:count]
            block.length += count
            rest = rest[count:]
            if block.length == BLOCK:
                yield block
                offset += BLOCK
                block = blocks.take(look)
                block.offset, block.length = offset, 0
    if block.length:
        yield block
