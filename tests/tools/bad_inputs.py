"""What a row of bad input is made of: where an image comes from, and what it should have been."""

import contextlib
import hashlib
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from backends.image_source import ImageSource
from backends.patience import Patience
from installer.reach import Reach
from installer.release import PackedFile, ReleaseFile
from tests.tools.servers import Authority, Behaviour, Server, serving

QUICK = Patience(connect=5, read=1.0, failures=2, first_pause=0.001, longest_pause=0.002)
NAME = "image.squashfs"


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What rows are made from."""

    image: bytes
    """The right one, a SquashFS."""
    folder: Path
    authority: Authority
    stack: contextlib.ExitStack
    """Closed when the row is over."""

    @property
    def sha256(self) -> str:
        """Of the image, as signed sums say it."""
        return hashlib.sha256(self.image).hexdigest()

    def serve(
        self, files: Mapping[str, Behaviour], context: ssl.SSLContext | None = None
    ) -> Server:
        """A server as long as the row takes."""
        return self.stack.enter_context(serving(files, context=context))

    def said(self, url: str) -> ReleaseFile:
        """The image at `url`, as the release describes it."""
        return ReleaseFile(url=url, size_bytes=len(self.image), sha256=self.sha256)

    def file(self, data: bytes, name: str = NAME) -> str:
        """A file:// address with these bytes."""
        path = self.folder / name
        path.write_bytes(data)
        return path.as_uri()


@dataclass(frozen=True, kw_only=True)
class Offer:
    """An image to be written, and the source that it is read by."""

    image: ReleaseFile
    reach: Reach = field(default_factory=Reach)

    @property
    def source(self) -> ImageSource:
        """Impatient, as tests are."""
        return ImageSource(self.reach, patience=QUICK)


@dataclass(frozen=True, kw_only=True)
class Bad:
    """A row: what comes, and a part of what the person is told (a pattern)."""

    name: str
    make: Callable[[Ground], Offer]
    words: str
    untouched: bool = False
    """It is refused before anything is written: the targets are as they were."""
    way_out: str = ""
    """A part of what the person can do (a pattern)."""


def served(
    name: str, words: str, behave: Callable[[Ground], Behaviour], *, untouched: bool = False
) -> Bad:
    """A row of a server that answers the image's address so."""

    def make(ground: Ground) -> Offer:
        server = ground.serve({f"/{NAME}": behave(ground)})
        return Offer(image=ground.said(f"{server.url}/{NAME}"))

    return Bad(name=name, words=words, make=make, untouched=untouched)


def from_file(
    name: str, words: str, change: Callable[[bytes], bytes], *, untouched: bool = False
) -> Bad:
    """A row of a file that is another one than the sums say."""

    def make(ground: Ground) -> Offer:
        return Offer(image=ground.said(ground.file(change(ground.image))))

    return Bad(name=name, words=words, make=make, untouched=untouched)


def packed(
    name: str, words: str, pack: Callable[[bytes], bytes], *, untouched: bool = False
) -> Bad:
    """A row of a packed image whose sums are those of just these bytes."""

    def make(ground: Ground) -> Offer:
        data = pack(ground.image)
        url = ground.file(data, f"{NAME}.zst")
        beside = PackedFile(url=url, size_bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
        return Offer(image=replace(ground.said("http://192.0.2.1/" + NAME), packed=beside))

    return Bad(name=name, words=words, make=make, untouched=untouched)


def changed(data: bytes, offset: int) -> bytes:
    """With one bit flipped; from the end where `offset` is negative."""
    offset %= len(data)
    return data[:offset] + bytes([data[offset] ^ 16]) + data[offset + 1 :]
