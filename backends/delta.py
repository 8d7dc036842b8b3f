"""An image of which only those parts are fetched that are on no slot yet (docs/delta.md).

What comes of it is checked by whoever takes it, as an image that was fetched whole. Whatever goes
wrong with it is a NoDelta, and the image can be fetched whole after that.
"""

import contextlib
import hashlib
import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from backends.addresses import is_web
from backends.block_device import opened
from backends.block_matches import BlockMatches, block_matches
from backends.head import HEAD
from backends.image_source import ImageSource
from installer.delta import WORTH, Match, Part, Places, fetched_bytes, read_index
from installer.errors import InstallError
from installer.hash_tree import SUPERBLOCK_BYTES, HashTree
from installer.quantity import KIB, MIB, format_size
from installer.release import IndexFile, ReleaseFile
from installer.text import _

if TYPE_CHECKING:
    from backends.ranges import Ranges

LOOK: Final = 256 * KIB
"""Read of a seed at a time. librsync moves what waits at each call: more of it is slower."""
COPY: Final = MIB


class NoDelta(InstallError):
    """The image cannot be had that way, or that is not worth it; `what` says why."""


class Delta:
    """One image, onto the device `target`, with `seeds` beside what that holds still."""

    def __init__(
        self, source: ImageSource, image: ReleaseFile, target: str, seeds: Sequence[str]
    ) -> None:
        self._source = source
        self._image = image
        self._seeds = (*seeds, target)
        """The target last: it is overwritten while it is read."""
        self._head = b""
        """What it began with."""

    @contextlib.contextmanager
    def pieces(self) -> Iterator[Iterator[bytes]]:
        """The bytes of the image in order. They have to be written in order, and each before the
        next one is asked for or later, never earlier.

        Raises NoDelta, also from the pieces, and Interrupted.
        """
        image = self._image
        addresses = tuple(each for each in (image.url, *image.mirrors) if is_web(each))
        if image.index is None or not addresses:
            raise NoDelta(_("the release has no index of it"))
        with contextlib.ExitStack() as stack:
            with _no_delta():
                parts = self._parts(self._index(image.index))
                ranges = stack.enter_context(self._source.ranges(addresses, image.size_bytes))
                assembled = self._assembled(parts, self._descriptors(stack), ranges)
                # Whatever a server refuses at once is known before the disk is touched.
                tree = self._tree(ranges)
            # What whoever takes them raises is not about them.
            yield or_no_delta(self._with_tree(assembled, tree, ranges))

    def _index(self, file: IndexFile) -> bytes:
        """From the first address that has it. Raises InstallError."""
        *others, last = (file.url, *file.mirrors)
        for url in others:
            with contextlib.suppress(InstallError):
                return self._right_index(file, url)
        return self._right_index(file, last)

    def _right_index(self, file: IndexFile, url: str) -> bytes:
        data = self._source.read(url)
        if hashlib.sha256(data).hexdigest() != file.sha256:
            raise NoDelta(_("the index is not the one in the release's sums"))
        return data

    def _parts(self, data: bytes) -> tuple[Part, ...]:
        """Where each part of the image comes from. Raises InstallError, ValueError."""
        size = self._image.size_bytes
        index = read_index(data, size)
        places = Places(index, size)
        self._head = self._head_of_target(index.block)
        with block_matches(data) as blocks:
            for number, device in enumerate(self._seeds):
                overwritten = HEAD if self._is_target(number) else None
                places.add(number, self._found(blocks, device), overwritten=overwritten)
        parts = places.parts(self._data_end)
        self._tell(fetched_bytes(parts) + len(data))
        return parts

    def _is_target(self, seed: int) -> bool:
        return seed == len(self._seeds) - 1

    def _head_of_target(self, block: int) -> bytes:
        """All blocks that begin in what is zeroed before anything is written."""
        with (
            contextlib.suppress(InstallError, OSError),
            opened(self._seeds[-1], os.O_RDONLY) as file,
        ):
            return _read(file, 0, HEAD + block)
        return b""

    def _tell(self, fetched: int) -> None:
        """How much it is; raises NoDelta where that is next to all."""
        image = self._image
        if image.verity is not None:
            fetched += SUPERBLOCK_BYTES
        otherwise = image.packed.size_bytes if image.packed is not None else image.size_bytes
        if fetched > WORTH * otherwise:
            raise NoDelta(_("hardly anything of it is here"))
        text = _("{fetched} of {whole} to fetch ({bytes} bytes); the rest is on this disk already")
        self._source.say(
            text.format(
                fetched=format_size(fetched), whole=format_size(image.size_bytes), bytes=fetched
            )
        )

    def _found(self, blocks: BlockMatches, device: str) -> Iterator[Match]:
        """What a seed has. One that cannot be read has what was read of it."""
        try:
            with opened(device, os.O_RDONLY) as descriptor:
                yield from blocks.of(self._looked_at(descriptor))
        except InstallError as error:
            text = _("not all of {device} can be taken from: {reason}")
            self._source.say(text.format(device=device, reason=error.what))

    def _looked_at(self, descriptor: int) -> Iterator[bytes]:
        """As much of a slot as the new image is long, and a tenth: it may have been longer."""
        end = self._image.size_bytes * 11 // 10
        place = 0
        while place < end and (piece := _read(descriptor, place, min(LOOK, end - place))):
            self._source.pulse()
            place += len(piece)
            yield piece

    def _descriptors(self, stack: contextlib.ExitStack) -> list[int | None]:
        """Of the seeds; None for one that cannot be opened, of which nothing is taken then."""
        found: list[int | None] = []
        for device in self._seeds:
            try:
                found.append(stack.enter_context(opened(device, os.O_RDONLY)))
            except InstallError:
                found.append(None)
        return found

    def _assembled(
        self, parts: Sequence[Part], descriptors: Sequence[int | None], ranges: "Ranges"
    ) -> Iterator[bytes]:
        for part in parts:
            descriptor = None if part.seed is None else descriptors[part.seed]
            if descriptor is None:
                yield from ranges.pieces(part.start, part.end)
            else:
                yield from self._copied(part, descriptor, ranges)

    def _copied(self, part: Part, descriptor: int, ranges: "Ranges") -> Iterator[bytes]:
        """A part out of a seed; fetched from where that cannot be read any more."""
        from_target = part.seed is not None and self._is_target(part.seed)
        place = part.start
        while place < part.end:
            offset, length = part.offset + place - part.start, min(COPY, part.end - place)
            # Memory, where it reaches so far: what the device has there is zeroed by now.
            piece = self._head[offset : offset + length] if from_target else b""
            with contextlib.suppress(OSError):
                piece = piece or _read(descriptor, offset, length)
            if not piece:
                yield from ranges.pieces(place, part.end)
                return
            place += len(piece)
            yield piece

    @property
    def _data_end(self) -> int:
        """What comes after it can be made of what is before it."""
        image = self._image
        return image.size_bytes if image.verity is None else image.verity.hash_offset_bytes

    def _tree(self, ranges: "Ranges") -> tuple[bytes, HashTree | None]:
        """The superblock of the hash tree, and what makes the rest; None where nothing does."""
        if self._image.verity is None:
            return b"", None
        superblock = b"".join(ranges.pieces(self._data_end, self._data_end + SUPERBLOCK_BYTES))
        try:
            return superblock, HashTree(superblock, self._data_end)
        except ValueError:
            return superblock, None

    def _with_tree(
        self, pieces: Iterator[bytes], known: tuple[bytes, HashTree | None], ranges: "Ranges"
    ) -> Iterator[bytes]:
        """The image, and the hash tree that is made of it."""
        verity = self._image.verity
        superblock, tree = known
        for piece in pieces:
            if tree is not None:
                tree.update(piece)
            yield piece
        if verity is None:
            return
        yield superblock
        root, made = tree.finish() if tree is not None else ("", b"")
        if root == verity.root_hash:
            yield made
        else:
            yield from ranges.pieces(self._data_end + SUPERBLOCK_BYTES, self._image.size_bytes)


def _read(descriptor: int, offset: int, length: int) -> bytes:
    """It leaves the page cache: nobody reads it a second time."""
    piece = os.pread(descriptor, length, offset)
    os.posix_fadvise(descriptor, offset, len(piece), os.POSIX_FADV_DONTNEED)
    return piece


@contextlib.contextmanager
def _no_delta() -> Iterator[None]:
    try:
        yield
    except NoDelta:
        raise
    except InstallError as error:
        words = f": {error.tool_words}" if error.tool_words else ""
        raise NoDelta(f"{error.what}{words}") from error
    except ValueError as error:
        raise NoDelta(str(error)) from error


def or_no_delta(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces; what goes wrong with them is a NoDelta."""
    with _no_delta():
        yield from pieces
