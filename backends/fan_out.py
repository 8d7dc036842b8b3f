"""One image onto several devices at the same time: a thread for each, none waits for another."""

import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Final, Self

from backends.blocks import Block, Blocks
from backends.targets import Target

_END: Final = None
_LOOK_SECONDS: Final = 0.1


class FanOut:
    """Writes each block to every target, from the byte `withheld` of the image on.

    The first error of any thread ends the work of all; whoever fills blocks learns of it by
    `check`. Leaving the block of `with` early ends the threads after the write that they are in.
    """

    def __init__(self, targets: Sequence[Target], blocks: Blocks, *, withheld: int) -> None:
        self._blocks = blocks
        self._changed = threading.Condition()
        self._error: BaseException | None = None
        self._is_over = False
        self._lanes = [_Lane(target, blocks, self, withheld) for target in targets]

    def __enter__(self) -> Self:
        started: list[_Lane] = []
        try:
            for lane in self._lanes:
                lane.start()
                started.append(lane)
        except BaseException:
            # Nobody leaves a `with` that was not entered, and whoever waits would wait for ever.
            self._lanes = started
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def check(self) -> None:
        """Raises the first error of a thread."""
        if self._error is not None:
            raise self._error

    def put(self, block: Block) -> None:
        """Have `block` written; it is given back when it is on all of them."""
        self.check()
        self._blocks.hand_out(block, len(self._lanes))
        for lane in self._lanes:
            lane.queue.put(block)

    def finish(self, look: Callable[[], None]) -> None:
        """Return when all is written and flushed; `look` is called meanwhile, and may raise.

        Raises the first error.
        """
        for lane in self._lanes:
            lane.queue.put(_END)
        wait_for(self._lanes, look)
        self.check()

    def fail(self, error: BaseException) -> None:
        """A thread can do no more."""
        if self._error is None:
            self._error = error
        self._stop()

    def wait_until_written(self, offset: int) -> bool:
        """Wait until all targets have all bytes before `offset`, or all there will be, flushed.

        False: it has come to an end before that.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: self._is_over or all(each.has(offset) for each in self._lanes)
            )
            return not self._is_over

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be done: by an error, or by whoever left."""
        return self._is_over

    def _end(self) -> None:
        self._stop()
        for lane in self._lanes:
            lane.queue.put(_END)
            lane.join()
        # They know this, and an error knows them: the blocks' 20 MiB would stay until Python looks
        # for circles.
        self._lanes = []
        self._error = None

    def _stop(self) -> None:
        self._is_over = True
        self._tell_all()

    def _tell_all(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def advanced(self) -> None:
        """A thread has written a block, or flushed."""
        self._tell_all()


def wait_for(threads: Iterable[threading.Thread], look: Callable[[], None]) -> None:
    """Return when they have ended; `look` is called several times a second, and may raise."""
    for thread in threads:
        while thread.is_alive():
            thread.join(_LOOK_SECONDS)
            look()


class _Lane(threading.Thread):
    """The way to one target."""

    def __init__(self, target: Target, blocks: Blocks, fan: FanOut, withheld: int) -> None:
        super().__init__(name=f"write {target.path}", daemon=True)
        self.queue: queue.SimpleQueue[Block | None] = queue.SimpleQueue()
        self._target = target
        self._blocks = blocks
        self._fan = fan
        self._withheld = withheld
        self._written = 0
        self._is_flushed = False

    def has(self, offset: int) -> bool:
        """Whether all before `offset` is written, or all there will be."""
        return self._is_flushed or self._written >= offset

    def run(self) -> None:
        """Write what comes until its end. After an error blocks are only given back."""
        while (block := self.queue.get()) is not _END:
            try:
                if not self._fan.is_over:
                    self._write(block)
            except BaseException as error:
                self._fan.fail(error)
            finally:
                self._blocks.give_back(block)
            self._fan.advanced()
        try:
            if not self._fan.is_over:
                self._target.flush()
        except BaseException as error:
            self._fan.fail(error)
        self._is_flushed = True
        self._fan.advanced()

    def _write(self, block: Block) -> None:
        skip = min(max(0, self._withheld - block.offset), block.length)
        if skip < block.length:
            self._target.write(block.memory[skip:], block.length - skip, block.offset + skip)
        self._written = block.offset + block.length
