"""Writing an image onto partitions so that no mixture of old and new can ever be mounted.

Order (DESIGN §5, "Writing a slot"): the first MiB is zeroed and flushed, the rest is written,
length and SHA-256 are checked, all is flushed, and only then the first MiB is written and flushed.
"""

import contextlib
import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from backends.block_device import (
    device_error,
    opened,
    require_block_device,
    size_of,
    write_at,
)
from backends.difference import Comparison, not_as_written
from backends.image_source import CHUNK, ImageSource, SourceFailed, file_name
from backends.read_back import reading
from installer.errors import InstallError
from installer.machinery import Progress
from installer.quantity import MIB, format_size
from installer.release import ReleaseFile
from installer.text import _

HEAD: Final = MIB
"""Withheld until the image was found right; every superblock that blkid knows of lies in it."""
FLUSH_EVERY: Final = 64 * MIB
"""Bytes after which the targets are flushed: otherwise all of the memory fills with dirty pages,
and the progress bar stands at the end for minutes."""
PROGRESS_SECONDS: Final = 0.1


class DirectImages:
    """Writes images with one reader and constant memory; reads them back past the page cache.

    `allow_files` lets regular files be targets; tests of the order of writes need no root then.
    """

    def __init__(self, source: ImageSource, *, allow_files: bool = False) -> None:
        self._source = source
        self._allow_files = allow_files

    def write(self, image: ReleaseFile, targets: tuple[str, ...], progress: Progress) -> None:
        """Stream `image` onto every target at once.

        Whatever fails or interrupts it leaves the first MiB of each target zeroed, unless all of
        the image was on all of them already. `progress` counts bytes of the image, not of targets.

        Raises InstallError: a target is missing, in use or too small, the source breaks off, or
        length or SHA-256 are not the release's.
        """
        with self._source.open(image.url) as stream:
            if stream.size_bytes is not None and stream.size_bytes != image.size_bytes:
                raise _wrong_length(image, _("{count} are offered").format(count=stream.size_bytes))
            self._write(image, stream.chunks, targets, progress)

    def copy_device(self, source: str, image: ReleaseFile, target: str, progress: Progress) -> None:
        """The same, from the first `image.size_bytes` bytes of the device `source`."""
        with opened(source, os.O_RDONLY) as descriptor:
            chunks = _read_range(descriptor, image.size_bytes)
            self._write(image, chunks, (target,), progress)

    def verify(self, image: ReleaseFile, target: str, progress: Progress) -> None:
        """Read `image.size_bytes` of `target` back from the disk itself and compare the SHA-256.

        Raises InstallError when they differ: a disk that acknowledges writes and loses them, as
        counterfeit sticks do. It names the byte where that begins, unless the source of the image
        can no longer be read; one for a disk that cannot be read names the byte too.
        """
        tell = _Paced(progress, image.size_bytes)
        digest = hashlib.sha256()
        done = 0
        with reading(target) as device:
            while piece := device.at(done, min(CHUNK, image.size_bytes - done)):
                digest.update(piece)
                done += len(piece)
                tell(done)
        tell.finish(done)
        if done != image.size_bytes or digest.hexdigest() != image.sha256:
            raise self._not_read_back(image, target, tell)

    def _not_read_back(self, image: ReleaseFile, target: str, tell: "_Paced") -> InstallError:
        """What is wrong on `target`, found by reading the image from its source once more.

        All of the source is read: only its SHA-256 says that it still is what was written.
        """
        file = file_name(image.url)
        digest = hashlib.sha256()
        comparison = Comparison()
        done = 0
        try:
            with reading(target) as device, self._source.open(image.url) as stream:
                for chunk in stream.chunks:
                    digest.update(chunk)
                    if not comparison.is_complete:
                        comparison.add(done, device.at(done, len(chunk)), chunk)
                    done += len(chunk)
                    if done > image.size_bytes:
                        break
                    tell(image.size_bytes)
        except SourceFailed as error:
            return _somewhere(image, target, error.what)
        if digest.hexdigest() != image.sha256:
            return _somewhere(image, target, _("{file} is another one now").format(file=file))
        difference = comparison.difference()
        if difference is None:
            return _read_wrongly_once(image, target)
        return not_as_written(target, file, difference)

    def _write(
        self,
        image: ReleaseFile,
        chunks: Iterable[bytes],
        targets: tuple[str, ...],
        progress: Progress,
    ) -> None:
        with contextlib.ExitStack() as stack:
            files = {
                target: stack.enter_context(self._open_target(target, image.size_bytes))
                for target in targets
            }
            fan = _Targets(files)
            fan.write(bytes(min(HEAD, image.size_bytes)), 0)
            fan.flush()
            head = _pour(image, chunks, fan, _Paced(progress, image.size_bytes))
            fan.flush()
            fan.write(head, 0)
            fan.flush()

    @contextlib.contextmanager
    def _open_target(self, target: str, needed: int) -> Iterator[int]:
        """A target for writing that nobody else holds and that is large enough."""
        if not self._allow_files:
            require_block_device(target)
        with opened(target, os.O_WRONLY | os.O_EXCL) as descriptor:
            size = size_of(descriptor)
            if size < needed:
                raise InstallError(
                    _("{target} has {size}, {missing} too little for the image").format(
                        target=target,
                        size=format_size(size),
                        missing=format_size(needed - size),
                    ),
                    device=target,
                    way_out=_("Ask for a larger slot."),
                )
            yield descriptor


class _Targets:
    """Several open devices that get the same bytes; an error names the one that it happened on."""

    def __init__(self, files: dict[str, int]) -> None:
        self._files = files

    def write(self, data: bytes | bytearray | memoryview, offset: int) -> None:
        """Put `data` at byte `offset` of each."""
        self._each(lambda descriptor: write_at(descriptor, data, offset))

    def flush(self) -> None:
        """Return when all of it is on the disks, their own caches included."""
        self._each(os.fsync)

    def _each(self, do: Callable[[int], None]) -> None:
        for target, descriptor in self._files.items():
            try:
                do(descriptor)
            except OSError as error:
                raise device_error(target, error) from error


def _pour(image: ReleaseFile, chunks: Iterable[bytes], fan: _Targets, tell: "_Paced") -> bytes:
    """Write everything behind the first MiB, which is returned.

    Raises InstallError when what came is not the image.
    """
    digest = hashlib.sha256()
    head = bytearray()
    done = 0
    flushed = 0
    for chunk in chunks:
        if done + len(chunk) > image.size_bytes:
            raise _wrong_length(image, _("more came"))
        digest.update(chunk)
        part = memoryview(chunk)
        withheld = part[: max(0, HEAD - done)]
        head += withheld
        fan.write(part[len(withheld) :], done + len(withheld))
        done += len(chunk)
        if done - flushed >= FLUSH_EVERY:
            fan.flush()
            flushed = done
        tell(done)
    tell.finish(done)
    if done != image.size_bytes:
        raise _wrong_length(image, _("only {count} came").format(count=done))
    if digest.hexdigest() != image.sha256:
        raise InstallError(
            _("the SHA-256 of {file} is not the one in the release's sums").format(
                file=file_name(image.url)
            ),
            way_out=_("Try again; if it stays so, tell whoever publishes the release."),
        )
    return bytes(head)


def _somewhere(image: ReleaseFile, target: str, reason: str) -> InstallError:
    return InstallError(
        _(
            "the first {size} of {target} ({bytes} bytes) do not read back as {file} was written;"
            " where, is not known: {reason}"
        ).format(
            size=format_size(image.size_bytes),
            target=target,
            bytes=image.size_bytes,
            file=file_name(image.url),
            reason=reason,
        ),
        device=target,
        way_out=_("The disk loses data. Try once more, and then use another disk."),
    )


def _read_wrongly_once(image: ReleaseFile, target: str) -> InstallError:
    return InstallError(
        _(
            "{target} did not read back as {file} was written, and did when it was read again"
        ).format(target=target, file=file_name(image.url)),
        device=target,
        way_out=_(
            "The memory, the cable or the disk is unreliable. Test the memory, then try again."
        ),
    )


def _wrong_length(image: ReleaseFile, came: str) -> InstallError:
    return InstallError(
        _("{file} should have {size} bytes, but {came}").format(
            file=file_name(image.url), size=image.size_bytes, came=came
        ),
        way_out=_("Try again; if it stays so, tell whoever publishes the release."),
    )


class _Paced:
    """Tells `progress` at most ten times a second; what that raises goes on to the caller."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._total = total
        self._next = 0.0

    def __call__(self, done: int) -> None:
        now = time.monotonic()
        if now >= self._next:
            self._next = now + PROGRESS_SECONDS
            self._progress(done, self._total)

    def finish(self, done: int) -> None:
        """The last word, however soon after the one before."""
        self._progress(done, self._total)


def _read_range(descriptor: int, size: int) -> Iterator[bytes]:
    """The first `size` bytes; fewer where the device ends before."""
    offset = 0
    while offset < size:
        chunk = os.pread(descriptor, min(CHUNK, size - offset), offset)
        if not chunk:
            return
        offset += len(chunk)
        yield chunk
