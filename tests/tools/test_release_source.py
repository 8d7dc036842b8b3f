"""A release directory as a web server shows it: found, or refused with the reason in words."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.image_source import ImageSource
from backends.patience import Patience
from backends.source_failed import SourceFailed
from installer.answers import Source
from installer.errors import Refused, Unreached
from installer.release import SUMS_NAME, Verity
from installer.roothash import roothash_text
from installer.signature import Unsigned
from tests.tools.releases import releases
from tests.tools.web import closed_port, served

CONTRACT = """\
contract: 1
kind: {kind}
name: Test
version: "{version}"
architecture: x86-64
kernel: /boot/vmlinuz
initrd: /boot/initrd
command_lines:
  plain: root=PARTUUID={{slot.partuuid}}
  recovery: live-media=PARTUUID={{recovery.partuuid}}
"""


def release_in(folder: Path, version: str = "1.2", *, live: bool = True) -> None:
    """Put a release into `folder`, beside whatever it has already."""
    files = {
        f"atomos_{version}_x86-64.squashfs": b"image " + version.encode(),
        f"atomos_{version}_x86-64.yaml": CONTRACT.format(kind="system", version=version).encode(),
    }
    if live:
        files[f"atomos-live_{version}_x86-64.iso"] = b"iso " + version.encode()
        text = CONTRACT.format(kind="live", version=version)
        files[f"atomos-live_{version}_x86-64.yaml"] = text.encode()
    with (folder / SUMS_NAME).open("a") as sums:
        for name, data in files.items():
            (folder / name).write_bytes(data)
            sums.write(f"{hashlib.sha256(data).hexdigest()}  {name}\n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "release"
    made.mkdir()
    release_in(made, "1.2")
    return made


@pytest.fixture
def web(folder: Path) -> Iterator[str]:
    with served(folder) as url:
        yield url


def test_a_home_seed_is_found_where_there_is_one(folder: Path) -> None:
    source = Source(url=folder.as_uri(), allow_unsigned=True)
    assert releases().find(source, "x86-64").seed is None
    digest = hashlib.sha256(b"seed").hexdigest()
    with (folder / SUMS_NAME).open("a") as sums:
        sums.write(f"{digest}  atomos-home_1.2_x86-64.tar\n")
    # One that is named and not there stops nothing: the home waits for the first login.
    assert releases().find(source, "x86-64").seed is None
    (folder / "atomos-home_1.2_x86-64.tar").write_bytes(b"seed")
    seed = releases().find(source, "x86-64").seed
    assert seed is not None
    assert (seed.size_bytes, seed.sha256) == (4, digest)


def refusal(url: str, architecture: str = "x86-64", version: str | None = None) -> str:
    with pytest.raises(Refused) as caught:
        releases().find(Source(url=url, version=version, allow_unsigned=True), architecture)
    return " | ".join(problem.what for problem in caught.value.problems)


@pytest.mark.parametrize("way", ["", "/moved", "/nohead", "file"])
def test_found(folder: Path, web: str, way: str) -> None:
    url = folder.as_uri() if way == "file" else web + way
    release = releases().find(Source(url=url + "/", allow_unsigned=True), "x86-64")
    assert release.version == "1.2"
    assert release.image.url == f"{url}/atomos_1.2_x86-64.squashfs"
    assert release.image.size_bytes == len("image 1.2")
    assert release.contract.name == "Test"
    assert release.live is not None
    assert release.live.size_bytes == len("iso 1.2")
    assert release.live_contract is not None
    assert release.live_contract.command_lines.recovery


def test_the_root_of_the_hash_tree_is_read_where_the_sums_name_it(folder: Path, web: str) -> None:
    verity = Verity(root_hash="0f" * 32, hash_offset_bytes=4096)
    data = roothash_text(verity).encode()
    name = "atomos_1.2_x86-64.roothash"
    (folder / name).write_bytes(data)
    assert releases().find(Source(url=web, allow_unsigned=True), "x86-64").verity is None
    with (folder / SUMS_NAME).open("a") as sums:
        sums.write(f"{hashlib.sha256(data).hexdigest()}  {name}\n")
    assert releases().find(Source(url=web, allow_unsigned=True), "x86-64").verity == verity
    (folder / name).write_bytes(data + b"\n")
    assert f"The SHA-256 of {name} is not the one" in refusal(web)


def test_the_newest_or_the_one_asked_for(folder: Path, web: str) -> None:
    release_in(folder, "1.10", live=False)
    newest = releases().find(Source(url=web, allow_unsigned=True), "x86-64")
    assert (newest.version, newest.live) == ("1.10", None)
    asked = releases().find(Source(url=web, version="1.2", allow_unsigned=True), "x86-64")
    assert asked.version == "1.2"


def test_the_newest_that_is_not_passed_over(folder: Path, web: str) -> None:
    release_in(folder, "1.10", live=False)
    source = Source(url=web, allow_unsigned=True)
    # Of what is passed over nothing is asked for: it may be held because it is broken.
    contract = folder / "atomos_1.10_x86-64.yaml"
    text = contract.read_bytes()
    contract.unlink()
    found = releases().find(source, "x86-64", ("1.10", "7"))
    assert (found.version, found.passed) == ("1.2", ("1.10",))
    contract.write_bytes(text)
    found = releases().find(source, "x86-64", ("1.10", "1.2"))
    assert (found.version, found.passed) == ("1.10", ())


def test_unreachable(tmp_path: Path) -> None:
    port = closed_port()
    refused = refusal(f"http://user:geheim@127.0.0.1:{port}/release")
    assert refused == f"127.0.0.1:{port} refuses the connection."
    assert "cannot be resolved" in refusal("http://nowhere.invalid/release")
    assert "is not one that can be read" in refusal("ftp://example.org/release")
    assert "is not a release" in refusal((tmp_path / "empty").as_uri())


def test_a_release_that_was_not_reached_is_told_from_one_that_is_not_there(web: str) -> None:
    nowhere = f"http://127.0.0.1:{closed_port()}/release"
    for url, mirrors, expected in (
        (nowhere, (), Unreached),
        (nowhere, (f"{nowhere}/mirror",), Unreached),
        ("volume:NOBODY-HAS-IT/release", (), Unreached),
        (f"{web}/elsewhere", (), Refused),
        (nowhere, (f"{web}/elsewhere",), Refused),
        (web, (), Unsigned),
    ):
        with pytest.raises(Refused) as caught:
            releases().find(Source(url=url, mirrors=mirrors), "x86-64")
        assert type(caught.value) is expected, url


def test_a_server_that_does_not_answer(web: str) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/release"
        with pytest.raises(SourceFailed, match=r"127\.0\.0\.1:[0-9]+ does not answer"):
            ImageSource(patience=Patience(read=0.2)).read(url)


def test_not_a_release_directory(web: str) -> None:
    assert f"{web}/elsewhere is not a release: it has no SHA256SUMS" in refusal(f"{web}/elsewhere")


def test_the_servers_own_error(web: str) -> None:
    assert "the server answers 500" in refusal(f"{web}/broken")


def test_redirects_in_a_circle(web: str) -> None:
    assert "redirects in a circle" in refusal(f"{web}/loop")


def test_another_version_or_architecture(web: str) -> None:
    assert "no version 9 for x86-64" in refusal(web, version="9")
    assert "no image for arm64" in refusal(web, architecture="arm64")


def test_all_that_is_missing_at_once(folder: Path, web: str) -> None:
    (folder / "atomos_1.2_x86-64.squashfs").unlink()
    (folder / "atomos-live_1.2_x86-64.yaml").write_text("tampered with")
    words = refusal(web)
    assert f"{web}/atomos_1.2_x86-64.squashfs does not exist on the server (status 404)" in words
    assert "SHA-256 of atomos-live_1.2_x86-64.yaml is not the one in SHA256SUMS" in words


def test_a_contract_that_speaks_of_another_version(folder: Path, web: str) -> None:
    (folder / SUMS_NAME).unlink()
    release_in(folder, "1.3", live=False)
    other = CONTRACT.format(kind="system", version="1.2").encode()
    (folder / "atomos_1.3_x86-64.yaml").write_bytes(other)
    sums = (folder / SUMS_NAME).read_text().splitlines()
    sums[1] = f"{hashlib.sha256(other).hexdigest()}  atomos_1.3_x86-64.yaml"
    (folder / SUMS_NAME).write_text("\n".join(sums) + "\n")
    assert "speaks of 1.2, but stands beside 1.3" in refusal(web)


def test_a_length_that_the_server_does_not_say(web: str) -> None:
    assert "does not say how long" in refusal(f"{web}/nolength")


def test_no_password_of_an_address_is_printed(web: str) -> None:
    url = web.replace("http://", "http://ada:geheim@") + "/elsewhere?token=geheim"
    assert "geheim" not in refusal(url)


def test_a_small_file_that_is_not_small(folder: Path, web: str) -> None:
    (folder / SUMS_NAME).write_bytes(bytes(3 << 20))
    assert "is larger than 1 MiB" in refusal(web)


def test_what_is_on_offer_is_told_newest_first_with_the_length_of_each_image(
    folder: Path, web: str
) -> None:
    release_in(folder, "1.10", live=False)
    release_in(folder, "1.11")
    (folder / "atomos_1.11_x86-64.squashfs").unlink()
    offer = releases().offer(Source(url=f"{web}/", allow_unsigned=True), "x86-64")
    assert [(each.version, each.size_bytes) for each in offer.versions] == [
        ("1.11", None), ("1.10", len("image 1.10")), ("1.2", len("image 1.2")),
    ]  # fmt: skip
    assert (offer.url, offer.newest.version, offer.older) == (web, "1.10", 0)
    assert (offer.signed_by, offer.doubts) == (None, ())


def test_of_many_versions_the_newest_are_on_offer_and_the_one_that_answers_name(
    folder: Path, web: str
) -> None:
    for minor in range(3, 20):
        release_in(folder, f"1.{minor}", live=False)
    source = Source(url=web, version="1.2", allow_unsigned=True)
    offer = releases().offer(source, "x86-64")
    named = [each.version for each in offer.versions]
    assert named == [*(f"1.{minor}" for minor in range(19, 7, -1)), "1.2"]
    assert offer.older == 5


def test_what_is_wrong_with_a_release_is_wrong_with_its_offer(folder: Path, web: str) -> None:
    def refused(source: Source, architecture: str = "x86-64") -> str:
        with pytest.raises(Refused) as caught:
            releases().offer(source, architecture)
        return " ".join(str(each) for each in caught.value.problems)

    assert "is unsigned" in refused(Source(url=web))
    assert "no image for arm64" in refused(Source(url=web, allow_unsigned=True), "arm64")
    assert "it has no SHA256SUMS" in refused(Source(url=f"{web}/x", allow_unsigned=True))
    (folder / "atomos_1.2_x86-64.squashfs").unlink()
    gone = refused(Source(url=web, allow_unsigned=True))
    assert f"{web}/atomos_1.2_x86-64.squashfs does not exist on the server" in gone
