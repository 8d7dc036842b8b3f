"""Writing an image onto partitions so that no mixture of old and new can ever be mounted.

Order (DESIGN §5, "Writing a slot"): the first MiB is zeroed and flushed, the rest is written,
length and SHA-256 are checked, all is flushed and read back, and only then the first MiB is
written, flushed and read back; in it the superblock goes first and comes last (`head.py`). An image
passes through readers in a row:

    source → hash → limit → (check → unpack → hash → limit) → check → progress → blocks → fan-out
"""

import contextlib
import functools
import hashlib
from collections.abc import Iterator
from pathlib import Path

from backends.addresses import file_name
from backends.delta import Delta, NoDelta, or_no_delta
from backends.file_errors import file_errors
from backends.follower import NotTheSame
from backends.image_file import device_pieces, put_image, verify_image
from backends.image_source import CHUNK, ImageSource
from backends.misread import OpenImage, not_read_back
from backends.one_pass import OnePass
from backends.paced import Paced
from backends.read_back import reading
from backends.readers import Came, checked, hashed, limited
from backends.targets import open_target
from backends.unpacked import unpacked
from installer.errors import InstallError
from installer.machinery import Begin, Progress
from installer.release import PackedFile, ReleaseFile
from installer.text import _


class DirectImages:
    """Writes images with one reader and constant memory, past the page cache.

    `reads_back`: what is written is read back in the same pass, at a distance behind the writing,
    and `verify` takes that for it, once; otherwise `verify` reads all of it. `allow_files` lets
    regular files be targets; tests of the order of writes need no root then.
    """

    def __init__(
        self, source: ImageSource, *, reads_back: bool = False, allow_files: bool = False
    ) -> None:
        self._source = source
        self._reads_back = reads_back
        self._allow_files = allow_files
        self._read_back: set[tuple[str, str]] = set()
        """Device and SHA-256 of what was read back, as written or found, and not verified since."""

    def write(
        self,
        image: ReleaseFile,
        targets: tuple[str, ...],
        progress: Progress,
        begin: Begin | None = None,
    ) -> None:
        """Stream `image` onto every target at once.

        Whatever fails or interrupts it leaves the first MiB of each target zeroed, unless all of
        the image was on all of them already. `progress` counts bytes of the image that came, and
        those that were read back. What fails before `begin`, or in it, leaves the targets alone.

        Raises InstallError: a target is missing, in use, too small or does not hold what was
        written, the source breaks off, or length or SHA-256 are not the release's.
        """
        self._write(image, lambda: self._fetched(image), targets, progress, begin)

    def write_changed(
        self,
        image: ReleaseFile,
        target: str,
        seeds: tuple[str, ...],
        progress: Progress,
        begin: Begin | None = None,
    ) -> None:
        """The same, onto one target, with as little fetched as `seeds` and what is on the target
        allow (docs/delta.md). Where that cannot be done, the whole image is fetched.

        `seeds` are devices that are not written. Raises InstallError as `write` does.
        """

        @contextlib.contextmanager
        def assembled() -> Iterator[Iterator[bytes]]:
            came = Came()
            with Delta(self._source, image, target, seeds).pieces() as pieces:
                yield or_no_delta(_right(hashed(pieces, came), came, image))

        try:
            whole = functools.partial(self._fetched, image)
            self._write(image, assembled, (target,), progress, begin, again=whole)
        except NoDelta as error:
            text = _("the whole image is fetched: {reason}").format(reason=error.what)
            self._source.say(text)
            self.write(image, (target,), progress, begin)

    def fetch(self, image: ReleaseFile, file: Path, progress: Progress) -> None:
        """Bring `image`, unpacked, into `file`, which is there whole or not at all.

        Raises InstallError: the source breaks off, length or SHA-256 are not the release's, there
        is no room.
        """
        with file_errors(str(file)):
            file.unlink(missing_ok=True)
        with self._fetched(image) as pieces:
            put_image(pieces, image, file, progress)

    def verify_fetched(self, image: ReleaseFile, file: Path) -> None:
        """Raises InstallError unless `file` has the image's length and SHA-256."""
        verify_image(image, file)

    def copy_device(self, source: str, image: ReleaseFile, target: str, progress: Progress) -> None:
        """The same, from the first `image.size_bytes` bytes of the device `source`."""

        @contextlib.contextmanager
        def copied() -> Iterator[Iterator[bytes]]:
            with device_pieces(source, image.size_bytes) as pieces:
                came = Came()
                yield _right(hashed(pieces, came), came, image)

        self._write(image, copied, (target,), progress)

    def verify(self, image: ReleaseFile, target: str, progress: Progress) -> None:
        """Read `image.size_bytes` of `target` back from the disk itself and compare the SHA-256.

        What `write` has read back just now is not read again.

        Raises InstallError when they differ: a disk that acknowledges writes and loses them, as
        counterfeit sticks do. It names the byte where that begins, unless the source of the image
        can no longer be read; one for a disk that cannot be read names the byte too.
        """
        receipt = (target, image.sha256)
        if receipt in self._read_back:
            self._read_back.remove(receipt)
            return
        tell = Paced(progress, image.size_bytes)
        if not _reads_as(image, target, tell):
            whole = slice(0, image.size_bytes)
            raise not_read_back(image, lambda: self._fetched(image), (target,), whole, tell)

    def holds(self, image: ReleaseFile, target: str, progress: Progress) -> bool:
        """Whether `target` begins with the image, by length and SHA-256; no where it is unreadable.

        That is read from the disk itself, and the image's source is not asked. `verify` does not
        read it once more.
        """
        receipt = (target, image.sha256)
        self._read_back.discard(receipt)
        try:
            held = _reads_as(image, target, Paced(progress, image.size_bytes))
        except InstallError:
            return False
        if held:
            self._read_back.add(receipt)
        return held

    def _write(
        self,
        image: ReleaseFile,
        open_image: OpenImage,
        targets: tuple[str, ...],
        progress: Progress,
        begin: Begin | None = None,
        again: OpenImage | None = None,
    ) -> None:
        # Whatever comes of this, what was read back of them is not what they hold.
        self._read_back = {each for each in self._read_back if each[0] not in targets}
        # Where it is read back, each byte counts once more.
        whole = image.size_bytes * (2 if self._reads_back else 1)
        tell = Paced(progress, whole)
        try:
            with contextlib.ExitStack() as stack:
                pieces = stack.enter_context(open_image())
                opened_targets = [
                    stack.enter_context(
                        open_target(path, image.size_bytes, allow_files=self._allow_files)
                    )
                    for path in targets
                ]
                if begin is not None:
                    begin()
                OnePass(image, opened_targets, tell, reads_back=self._reads_back).write(pieces)
        except NotTheSame as error:
            searched = slice(error.start, error.end)
            raise not_read_back(image, again or open_image, targets, searched, tell) from None
        tell.finish(whole)
        if self._reads_back:
            self._read_back |= {(path, image.sha256) for path in targets}

    @contextlib.contextmanager
    def _fetched(self, image: ReleaseFile) -> Iterator[Iterator[bytes]]:
        """The image from its source, fetched packed where the release has it so."""
        packed = image.packed
        fetched = packed or image
        with self._source.open(
            fetched.url, mirrors=fetched.mirrors, size_bytes=fetched.size_bytes
        ) as stream:
            pieces = _right(stream.chunks, stream.came, fetched)
            if packed is None:
                yield pieces
                return
            came, size = Came(), image.size_bytes
            plain = unpacked(pieces, size, file_name(packed.url))
            yield _right(hashed(plain, came), came, image)


def _right(pieces: Iterator[bytes], came: Came, file: ReleaseFile | PackedFile) -> Iterator[bytes]:
    """The pieces, which turn out to be the file when they have come to their end."""
    name = file_name(file.url)
    return checked(limited(pieces, file.size_bytes, name), came, file.sha256, name)


def _reads_as(image: ReleaseFile, target: str, tell: Paced) -> bool:
    """Whether the disk gives these bytes. Raises InstallError where it cannot be read."""
    digest = hashlib.sha256()
    done = 0
    with reading(target) as device:
        while piece := device.at(done, min(CHUNK, image.size_bytes - done)):
            digest.update(piece)
            done += len(piece)
            tell(done)
    tell.finish(done)
    return done == image.size_bytes and digest.hexdigest() == image.sha256
