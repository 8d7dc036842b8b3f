"""Aligned memory that an image passes through on its way to several disks."""

import mmap
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from installer.quantity import MIB

BLOCK: Final = 4 * MIB
"""Bytes of a block. A few of 4 MiB were the fastest measured; 96 of 256 KiB were slower."""
BLOCKS: Final = 5
"""With 6 the process came to 63 MiB at its most, and a whole installer may have 64."""
_LOOK_SECONDS: Final = 0.2
"""How often somebody who waits for a free block looks whether there is a reason to stop."""


@dataclass(kw_only=True)
class Block:
    """A piece of the image: `length` bytes of `memory`, for byte `offset` of each target."""

    memory: memoryview
    offset: int = 0
    length: int = 0
    _users: int = field(default=0, repr=False)


class Blocks:
    """All blocks there are. They are made once and used again: memory does not grow."""

    def __init__(self) -> None:
        # A mapping, because that is aligned to pages, as direct writes want their memory.
        self._mapping = mmap.mmap(-1, BLOCKS * BLOCK)
        whole = memoryview(self._mapping)
        self._free: queue.SimpleQueue[Block] = queue.SimpleQueue()
        self._lock = threading.Lock()
        for start in range(0, BLOCKS * BLOCK, BLOCK):
            self._free.put(Block(memory=whole[start : start + BLOCK]))

    def take(self, look: Callable[[], None]) -> Block:
        """A free block, waited for; `look` is called meanwhile, and what it raises goes on."""
        while True:
            try:
                return self._free.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                look()

    def hand_out(self, block: Block, users: int) -> None:
        """`block` is used by so many from now on."""
        block._users = users

    def give_back(self, block: Block) -> None:
        """One of its users is done with it; the last one makes it free."""
        with self._lock:
            block._users -= 1
            is_free = block._users <= 0
        if is_free:
            self._free.put(block)
