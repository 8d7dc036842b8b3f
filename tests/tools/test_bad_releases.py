"""Releases that are refused before any image is read, each in the words that a person gets."""

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from backends.image_source import ImageSource
from backends.keyrings import Keyrings
from backends.release_source import WebRelease
from backends.runner import Runner
from backends.signature import Signatures
from installer.answers import Source
from installer.errors import Refused
from installer.release import SUMS_NAME
from installer.signature import SIGNATURE_NAME
from tests.tools.pgp import Gpg, gpg_home
from tests.tools.releases import releases
from tests.tools.test_release_source import CONTRACT, release_in
from tests.tools.web import closed_port, served

IMAGE = "atomos_1.2_x86-64.squashfs"
SYSTEM = "atomos_1.2_x86-64.yaml"
ROOTHASH = "atomos_1.2_x86-64.roothash"
ZEROS = "0" * 64


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Two people who sign; the first is trusted."""

    gpg: Gpg
    keys: Path

    def sign(self, data: bytes, user: str = "Trusted", *options: str) -> bytes:
        return self.gpg.sign(user, data, *options)


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    keys = tmp_path_factory.mktemp("keys")
    with gpg_home() as gpg:
        for user in ("Trusted", "Stranger"):
            gpg.make(user)
        (keys / "trusted.gpg").write_bytes(gpg.public("Trusted"))
        yield Ground(gpg=gpg, keys=keys)


def unspoiled(folder: Path) -> None:
    """As it was made."""


def overwritten(name: str, data: bytes) -> Callable[[Path], None]:
    """Another file, of which the sums know nothing."""

    def spoil(folder: Path) -> None:
        (folder / name).write_bytes(data)

    return spoil


def line(text: str) -> Callable[[Path], None]:
    """One more line in the sums."""

    def spoil(folder: Path) -> None:
        with (folder / SUMS_NAME).open("a") as sums:
            sums.write(f"{text}\n")

    return spoil


def sums(data: bytes) -> Callable[[Path], None]:
    """Other sums altogether."""
    return overwritten(SUMS_NAME, data)


def changed(name: str, data: bytes) -> Callable[[Path], None]:
    """Another file, which the sums then name: whoever signed it made it so."""

    def spoil(folder: Path) -> None:
        (folder / name).write_bytes(data)
        lines = (folder / SUMS_NAME).read_text().splitlines()
        lines = [each for each in lines if not each.endswith(f"  {name}")]
        lines.append(f"{hashlib.sha256(data).hexdigest()}  {name}")
        (folder / SUMS_NAME).write_text("\n".join(lines) + "\n")

    return spoil


def contract(old: str, new: str, kind: str = "system") -> Callable[[Path], None]:
    """A contract with `new` in the place of `old`."""
    text = CONTRACT.format(kind=kind, version="1.2")
    assert old in text
    return changed(SYSTEM, text.replace(old, new).encode())


def gone(name: str) -> Callable[[Path], None]:
    """Named by the sums, and not there."""
    return lambda folder: (folder / name).unlink()


def unnamed(name: str) -> Callable[[Path], None]:
    """There, and not named by the sums."""

    def spoil(folder: Path) -> None:
        lines = (folder / SUMS_NAME).read_text().splitlines(keepends=True)
        (folder / SUMS_NAME).write_text("".join(each for each in lines if name not in each))

    return spoil


@dataclass(frozen=True, kw_only=True)
class Bad:
    """A release that is spoiled, then signed by `signed`, and what is said of it."""

    id: str
    spoil: Callable[[Path], None] = unspoiled
    signed: Callable[[Ground, bytes], bytes | None] = lambda ground, data: ground.sign(data)
    then: Callable[[Path], None] = unspoiled
    """What happens to it after that."""
    way: str = ""
    """A path before the release's own on the server (tests.tools.web)."""
    options: dict[str, Any] = field(default_factory=dict)
    words: tuple[str, ...]


PAGE = b"<!DOCTYPE html>\n<title>Log in to the network</title>\n"
SUMS = (
    Bad(
        id="two-lines-for-one-name",
        spoil=line(f"{ZEROS}  {IMAGE}"),
        words=(f"line 5 names {IMAGE} a second time",),
    ),
    Bad(
        id="a-path",
        spoil=line(f"{ZEROS}  ../../etc/shadow"),
        words=("line 5 names a path, ../../etc/shadow",),
    ),
    Bad(id="a-device", spoil=line(f"{ZEROS}  /dev/sda"), words=("names a path, /dev/sda",)),
    Bad(id="a-folder", spoil=line(f"{ZEROS}  .."), words=("line 5 names a path, ..",)),
    Bad(
        id="a-backslash",
        spoil=line(f"{ZEROS}  ..\\shadow"),
        words=("line 5 names a path, ..\\shadow",),
    ),
    Bad(id="no-name", spoil=line(ZEROS), words=("line 5 is not a checksum line",)),
    Bad(id="blank-name", spoil=line(f"{ZEROS}   "), words=("line 5 is not a checksum line",)),
    Bad(id="short-sum", spoil=line(f"{ZEROS[1:]}  x"), words=("line 5 is not a checksum line",)),
    Bad(id="long-sum", spoil=line(f"{ZEROS}{ZEROS}  x"), words=("line 5 is not a checksum line",)),
    Bad(
        id="a-control-character",
        spoil=line(f"{ZEROS}  x\x1b[2Jy"),
        words=("line 5 has control characters",),
    ),
    Bad(
        id="a-name-that-ends-a-line-for-some",
        spoil=line(f"{ZEROS}  x\x0c{ZEROS}  y"),
        words=("line 5 has control characters",),
    ),
    Bad(id="nothing", spoil=sums(b"\n"), words=(f"{SUMS_NAME} is not valid: it is empty",)),
    Bad(
        id="no-text",
        spoil=sums(bytes(range(256))),
        words=(f"is not a release: its {SUMS_NAME} is not text",),
    ),
    Bad(
        id="no-image",
        spoil=sums(f"{ZEROS}  README\n".encode()),
        words=("The release has no system image.",),
    ),
    Bad(
        id="another-architecture",
        spoil=sums(f"{ZEROS}  atomos_1.2_arm64.squashfs\n".encode()),
        words=("The release has no image for x86-64, only for arm64.",),
    ),
    Bad(
        id="sums-too-large",
        spoil=sums(b"#" * (2 << 20)),
        words=(f"{SUMS_NAME} is larger than 1 MiB; it is something else",),
    ),
)
SIGNATURES = (
    Bad(
        id="unsigned",
        signed=lambda ground, data: None,
        words=("is unsigned: nobody vouches for it.",),
    ),
    Bad(
        id="changed-after-signing",
        then=line(f"{ZEROS}  more"),
        words=(f"{SUMS_NAME} is not what Trusted (",),
    ),
    Bad(
        id="changed-after-signing-and-unsigned-allowed",
        then=line(f"{ZEROS}  more"),
        options={"allow_unsigned": True},
        words=(f"{SUMS_NAME} is not what Trusted (",),
    ),
    Bad(
        id="by-another-key",
        signed=lambda ground, data: ground.sign(data, "Stranger"),
        words=("which is not among those that this system trusts",),
    ),
    Bad(
        id="of-another-file",
        signed=lambda ground, data: ground.sign(b"another file"),
        words=(f"{SUMS_NAME} is not what Trusted (",),
    ),
    Bad(id="empty", signed=lambda ground, data: b"", words=(f"{SIGNATURE_NAME} is empty.",)),
    Bad(
        id="armoured",
        signed=lambda ground, data: ground.sign(data, "Trusted", "--armor"),
        words=(f"{SIGNATURE_NAME} is armoured; the signature of a release is binary.",),
    ),
    Bad(
        id="one-of-two-is-bad",
        signed=lambda ground, data: ground.sign(data) + ground.sign(b"another file"),
        words=(f"{SUMS_NAME} is not what Trusted (",),
    ),
    Bad(
        id="cut-short",
        signed=lambda ground, data: ground.sign(data)[:40],
        words=(f"{SIGNATURE_NAME} holds no whole detached OpenPGP signature.",),
    ),
    Bad(
        id="signature-too-large",
        signed=lambda ground, data: bytes(2 << 20),
        words=(f"{SIGNATURE_NAME} is larger than 1 MiB; it is something else",),
    ),
    Bad(
        id="a-login-page-for-both",
        spoil=sums(PAGE),
        signed=lambda ground, data: PAGE,
        words=(f"{SIGNATURE_NAME} holds no whole detached OpenPGP signature.",),
    ),
    Bad(
        id="a-login-page-and-unsigned-allowed",
        spoil=sums(PAGE),
        signed=lambda ground, data: None,
        options={"allow_unsigned": True},
        words=("line 1 is not a checksum line", "line 2 is not a checksum line"),
    ),
)
CONTENTS = (
    Bad(
        id="image-of-another-architecture",
        spoil=contract("x86-64", "arm64"),
        words=(f"{SYSTEM} speaks of arm64, but stands beside x86-64.",),
    ),
    Bad(
        id="live-image-for-a-system",
        spoil=contract("kind: system", "kind: live"),
        words=(f"{SYSTEM} speaks of live, but stands beside system.",),
    ),
    Bad(
        id="without-contract",
        spoil=unnamed(SYSTEM),
        words=(f"The release has {IMAGE}, but not its contract {SYSTEM} in {SUMS_NAME}.",),
    ),
    Bad(
        id="contract-of-a-newer-version",
        spoil=contract("contract: 1", "contract: 2"),
        words=(SYSTEM, "2"),
    ),
    Bad(
        id="contract-that-is-no-yaml",
        spoil=changed(SYSTEM, b"{["),
        words=(f"The contract {SYSTEM} is not valid: line 1: expected",),
    ),
    Bad(
        id="kernel-missing",
        spoil=contract("kernel: /boot/vmlinuz\n", ""),
        words=(SYSTEM, "kernel"),
    ),
    Bad(
        id="kernel-leading-out",
        spoil=contract("/boot/vmlinuz", "/boot/../../etc/shadow"),
        words=(SYSTEM, "kernel"),
    ),
    Bad(
        id="contract-too-large",
        spoil=changed(SYSTEM, b"#" * (2 << 20)),
        words=(f"{SYSTEM} is larger than 1 MiB",),
    ),
    Bad(
        id="contract-of-another-sum",
        then=overwritten(SYSTEM, b"contract: 1\n"),
        words=(f"The SHA-256 of {SYSTEM} is not the one in {SUMS_NAME}.",),
    ),
    Bad(
        id="root-hash-that-is-none",
        spoil=changed(ROOTHASH, b"abc\n"),
        words=(f"{ROOTHASH} is not a root hash and the offset of its tree.",),
    ),
    Bad(
        id="root-hash-of-another-sum",
        spoil=changed(ROOTHASH, f"{ZEROS}\nhash-offset=4096\n".encode()),
        then=overwritten(ROOTHASH, b"x"),
        words=(f"The SHA-256 of {ROOTHASH} is not the one in {SUMS_NAME}.",),
    ),
    Bad(id="image-gone", spoil=gone(IMAGE), words=(f"/{IMAGE} does not exist on the server",)),
    Bad(
        id="image-empty",
        spoil=changed(IMAGE, b""),
        words=(f"/{IMAGE} is, or it is empty.",),
    ),
    Bad(
        id="packed-image-gone",
        spoil=line(f"{ZEROS}  {IMAGE}.zst"),
        words=(f"/{IMAGE}.zst does not exist on the server",),
    ),
    Bad(
        id="no-such-version",
        options={"version": "9"},
        words=("The release has no version 9 for x86-64.",),
    ),
)
SERVERS = (
    Bad(id="redirects-in-a-circle", way="/loop", words=("redirects in a circle",)),
    Bad(id="servers-own-error", way="/broken", words=("the server answers 500",)),
    Bad(id="not-there", way="/elsewhere", words=(f"is not a release: it has no {SUMS_NAME}",)),
    Bad(id="length-not-said", way="/nolength", words=("does not say how long",)),
    Bad(id="shorter-than-said", way="/short", words=("broke off after",)),
    Bad(
        id="proxy-that-is-not-there",
        options={"proxy": f"http://127.0.0.1:{closed_port()}"},
        words=("the proxy on the way to 127.0.0.1",),
    ),
)


@pytest.mark.parametrize(
    "bad", [*SUMS, *SIGNATURES, *CONTENTS, *SERVERS], ids=lambda bad: str(bad.id)
)
def test_refused(ground: Ground, tmp_path: Path, bad: Bad) -> None:
    release_in(tmp_path)
    bad.spoil(tmp_path)
    signature = bad.signed(ground, (tmp_path / SUMS_NAME).read_bytes())
    if signature is not None:
        (tmp_path / SIGNATURE_NAME).write_bytes(signature)
    bad.then(tmp_path)
    with served(tmp_path) as url, pytest.raises(Refused) as caught:
        releases(ground.keys).find(Source(url=url + bad.way, **bad.options), "x86-64")
    said = " | ".join(str(each) for each in caught.value.problems)
    assert not [words for words in bad.words if words not in said], said
    assert all(each.way_out for each in caught.value.problems)
    assert not [each for each in said if not each.isprintable()]


def test_the_release_is_good_when_nothing_is_spoiled(ground: Ground, tmp_path: Path) -> None:
    """Or each of the refusals above might have another reason."""
    release_in(tmp_path)
    (tmp_path / SIGNATURE_NAME).write_bytes(ground.sign((tmp_path / SUMS_NAME).read_bytes()))
    with served(tmp_path) as url:
        release = releases(ground.keys).find(Source(url=url), "x86-64")
    assert release.signed_by is not None
    assert release.signed_by.startswith("Trusted (")
    assert release.doubts == ()


def test_an_unknown_key_where_unsigned_is_allowed_is_told(ground: Ground, tmp_path: Path) -> None:
    release_in(tmp_path)
    data = (tmp_path / SUMS_NAME).read_bytes()
    (tmp_path / SIGNATURE_NAME).write_bytes(ground.sign(data, "Stranger"))
    source = Source(url=tmp_path.as_uri(), allow_unsigned=True)
    release = releases(ground.keys).find(source, "x86-64")
    assert release.signed_by is None
    (doubt,) = release.doubts
    assert "which is not among those that this system trusts" in doubt


class _Told(ImageSource):
    """Says what was asked for."""

    def __init__(self, asked: list[str]) -> None:
        super().__init__()
        self._asked = asked

    def read(self, url: str) -> bytes:
        self._asked.append(url.rpartition("/")[2])
        return super().read(url)

    def size(self, url: str) -> int | None:
        self._asked.append(url.rpartition("/")[2])
        return super().size(url)


def test_nothing_is_read_of_a_release_whose_signature_is_refused(
    ground: Ground, tmp_path: Path
) -> None:
    release_in(tmp_path)
    (tmp_path / SIGNATURE_NAME).write_bytes(ground.sign(b"another file"))
    asked: list[str] = []
    web = WebRelease(
        lambda source: contextlib.nullcontext(_Told(asked)),
        Signatures(Runner(), Keyrings(ground.keys)),
    )
    with pytest.raises(Refused):
        web.find(Source(url=tmp_path.as_uri()), "x86-64")
    assert asked == [SUMS_NAME, SIGNATURE_NAME]
