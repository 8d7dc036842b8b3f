"""Where a release may be: mirrors, own certificates, a volume by label, the live medium."""

import hashlib
import http.server
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from backends.mounts import Mounts, mount_points_below
from backends.release_volumes import ReleaseVolumes, VolumeSource
from backends.runner import Runner
from backends.source_failed import SourceFailed
from installer.answers import Source
from installer.errors import Refused
from installer.reach import Reach
from tests.tools.conftest import LoopMaker
from tests.tools.releases import releases
from tests.tools.test_release_source import release_in
from tests.tools.web import closed_port, served

IMAGE = "atomos_1.2_x86-64.squashfs"
MIB = 1 << 20


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "release"
    made.mkdir()
    release_in(made)
    return made


def unsigned(url: str, *mirrors: str, ca: str | None = None) -> Source:
    return Source(url=url, mirrors=mirrors, ca=ca, allow_unsigned=True)


def test_a_mirror_answers_where_the_first_address_does_not(folder: Path) -> None:
    dead = f"http://127.0.0.1:{closed_port()}/atomos"
    with served(folder) as url:
        release = releases().find(unsigned(dead, f"{url}/elsewhere", url), "x86-64")
    assert release.url == dead
    assert release.image.url == f"{dead}/{IMAGE}", "the order of the answers, whoever answered"
    assert release.image.mirrors == (f"{url}/elsewhere/{IMAGE}", f"{url}/{IMAGE}")


def test_every_address_that_fails_is_told() -> None:
    ports = [closed_port(), closed_port()]
    with pytest.raises(Refused) as caught:
        releases().find(unsigned(*(f"http://127.0.0.1:{port}" for port in ports)), "x86-64")
    assert [each.what for each in caught.value.problems] == [
        f"127.0.0.1:{port} refuses the connection." for port in ports
    ]


def test_a_file_that_one_mirror_lacks_is_taken_from_the_other(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    release_in(other)
    (folder / IMAGE).unlink()
    (folder / "atomos_1.2_x86-64.yaml").write_text("damaged")
    release = releases().find(unsigned(folder.as_uri(), other.as_uri()), "x86-64")
    assert release.image.size_bytes == len("image 1.2")
    assert release.contract.name == "Test"


@contextmanager
def served_by_tls(folder: Path, scratch: Path) -> Iterator[tuple[str, str]]:
    """The URL of a server with a certificate of its own, and that certificate."""
    key, certificate = scratch / "key.pem", scratch / "certificate.pem"
    argv = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    argv += ["-nodes", "-keyout", str(key), "-out", str(certificate), "-days", "2"]
    argv += ["-subj", "/CN=own", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(argv, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"https://127.0.0.1:{server.server_port}", certificate.read_text()
        finally:
            server.shutdown()
            thread.join()


def test_a_certificate_of_the_answers_is_trusted(folder: Path, tmp_path: Path) -> None:
    with served_by_tls(folder, tmp_path) as (url, certificate):
        with pytest.raises(
            Refused, match=r"the certificate of 127\.0\.0\.1:[0-9]+ is signed by nobody"
        ):
            releases().find(unsigned(url), "x86-64")
        assert releases().find(unsigned(url, ca=certificate), "x86-64").version == "1.2"


def volume(loop: LoopMaker, tree: Path, label: str) -> str:
    """A loop device with an ext4 of that label, `tree` in it; its journal is not empty."""
    device = loop(32 * MIB)
    argv = ["mkfs.ext4", "-q", "-L", label, "-d", str(tree), device]
    subprocess.run(argv, check=True, capture_output=True)
    return device


def digest(device: str) -> str:
    subprocess.run(["blockdev", "--flushbufs", device], check=True)
    with Path(device).open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


@pytest.fixture
def volumes(runner: Runner, mounts: Mounts) -> ReleaseVolumes:
    return ReleaseVolumes(runner, mounts)


def test_a_volume_by_label(
    loop: LoopMaker, folder: Path, tmp_path: Path, volumes: ReleaseVolumes
) -> None:
    label = "AtomOS 1"
    device = volume(loop, folder.parent, label)
    before = digest(device)
    release = releases().find(unsigned("volume:AtomOS%201/release"), "x86-64")
    assert release.image.url == f"volume:AtomOS%201/release/{IMAGE}"
    assert release.image.size_bytes == len("image 1.2")
    with VolumeSource(volumes, Reach()).open(release.image.url) as stream:
        assert b"".join(stream.chunks) == b"image 1.2"
    assert not mount_points_below(tmp_path / "mnt")
    assert digest(device) == before


def test_a_volume_whose_links_lead_out(
    loop: LoopMaker, tmp_path: Path, volumes: ReleaseVolumes
) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "release").symlink_to("../../../../etc")
    volume(loop, tree, "ATOMOS-OUT")
    with pytest.raises(SourceFailed, match=r"ATOMOS-OUT cannot be read: .* leads out of it"):
        VolumeSource(volumes, Reach()).read("volume:ATOMOS-OUT/release/hostname")


def test_what_is_wrong_on_a_volume_is_said_of_its_address(
    loop: LoopMaker, tmp_path: Path, volumes: ReleaseVolumes
) -> None:
    """Not of the place where it was mounted, which says nothing to anybody."""
    tree = tmp_path / "tree"
    (tree / "r/folder").mkdir(parents=True)
    (tree / "r/film").write_bytes(bytes(MIB + 1))
    volume(loop, tree, "ATOMOS 3")
    source, base = VolumeSource(volumes, Reach()), "volume:ATOMOS%203/r"
    told = {}
    for name in ("none", "folder", "film"):
        with pytest.raises(SourceFailed) as caught:
            source.read(f"{base}/{name}")
        told[name] = (caught.value.what, caught.value.missing)
    assert told == {
        "none": (f"{base}/none does not exist", True),
        "folder": (f"{base}/folder cannot be read", False),
        "film": (f"{base}/film is larger than 1 MiB; it is something else", False),
    }
    for ask in (source.size, lambda url: source.open(url).__enter__()):
        with pytest.raises(SourceFailed, match=f"^{base}/none does not exist$"):
            ask(f"{base}/none")


def test_no_volume_and_two(loop: LoopMaker, folder: Path) -> None:
    with pytest.raises(Refused, match="there is no volume with the label ATOMOS-NOT"):
        releases().find(unsigned("volume:ATOMOS-NOT"), "x86-64")
    devices = sorted(volume(loop, folder, "ATOMOS-TWO") for _ in range(2))
    words = f"more than one volume has the label ATOMOS-TWO: {', '.join(devices)}"
    with pytest.raises(Refused, match=words):
        releases().find(unsigned("volume:ATOMOS-TWO"), "x86-64")


def test_the_live_medium(loop: LoopMaker, folder: Path, tmp_path: Path) -> None:
    """As its initramfs has noted it, copied to memory and not mounted any more."""
    device = volume(loop, folder.parent, "ATOMOS_LIVE")
    root = tmp_path / "root"
    (root / "run/atomos").mkdir(parents=True)
    (root / "run/atomos/medium").write_text(f"DEVICE={device}\nIN_RAM=yes\nRECOVERY=no\n")
    for name in ("sys", "dev"):
        (root / name).symlink_to(f"/{name}")
    release = releases(root=root).find(unsigned("medium:/release"), "x86-64")
    assert release.image.size_bytes == len("image 1.2")
    with pytest.raises(Refused, match="medium:/nowhere is not a release"):
        releases(root=root).find(unsigned("medium:/nowhere"), "x86-64")


def test_a_system_that_has_no_medium(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="this system was not started from a live medium"):
        releases(root=tmp_path).find(unsigned("medium:/release"), "x86-64")
