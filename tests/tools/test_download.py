"""A file over a bad line: gone on with, told to the person, and given up in words."""

import hashlib
import itertools
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.image_source import ImageSource
from backends.patience import Patience
from backends.source_failed import SourceFailed
from installer.errors import InstallError, Interrupted
from installer.quantity import KIB, MIB
from installer.reach import Reach
from tests.tools.servers import Authority, Behaviour, Server, make_authority, serving

DATA = os.urandom(6 * MIB + 17)
QUICK = Patience(read=1.0, first_pause=0.001, longest_pause=0.002)
CUT = 256 * KIB + 5


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def source(said: list[str]) -> ImageSource:
    return ImageSource(patience=QUICK, say=said.append)


def fetched(source: ImageSource, url: str, *mirrors: str, size: int | None = len(DATA)) -> bytes:
    with source.open(url, mirrors=mirrors, size_bytes=size) as stream:
        data = b"".join(stream.chunks)
        assert stream.came.count == len(data)
        assert stream.came.sha256.digest() == hashlib.sha256(data).digest()
    return data


def refused(source: ImageSource, url: str, *mirrors: str) -> str:
    with pytest.raises(InstallError) as caught:
        fetched(source, url, *mirrors)
    assert caught.value.way_out
    return caught.value.what


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize(
    ("etag", "modified"), [('"one"', None), (None, "Tue, 03 Mar 2026 10:00:00 GMT")]
)
def test_twenty_drops_and_two_stalls(
    source: ImageSource, said: list[str], etag: str | None, modified: str | None, known: bool
) -> None:
    file = Behaviour(
        data=DATA, cuts=(CUT,) * 22, stalls=frozenset({3, 11}), etag=etag, modified=modified
    )
    with serving({"/image": file}) as server:
        size = len(DATA) if known else None
        assert fetched(source, f"{server.url}/image", size=size) == DATA
    assert file.connections == 23
    assert server.sent <= 1.05 * len(DATA)
    assert len(said) == 22
    assert "broke off after 256 KiB of 6 MiB" in said[0]
    assert "trying again in" in said[0]
    ranges = [each.headers.get("Range") for each in server.requests]
    assert ranges == [None, *(f"bytes={CUT * number}-" for number in range(1, 23))]
    assert {each.headers.get("If-Range") for each in server.requests[1:]} == {etag or modified}
    assert {each.headers["Accept-Encoding"] for each in server.requests} == {"identity"}


def test_a_weak_etag_proves_nothing(source: ImageSource) -> None:
    file = Behaviour(data=DATA, cuts=(CUT,), etag='W/"one"')
    with serving({"/image": file}) as server:
        assert fetched(source, f"{server.url}/image") == DATA
    assert "If-Range" not in server.requests[1].headers


@pytest.mark.parametrize("etag", ['"one"', None])
def test_a_server_without_ranges_is_started_again(
    source: ImageSource, said: list[str], etag: str | None
) -> None:
    file = Behaviour(data=DATA, cuts=(CUT, 2 * MIB + 1), ranges=False, etag=etag)
    with serving({"/image": file}) as server:
        assert fetched(source, f"{server.url}/image") == DATA
    assert sum("starts from the beginning" in line for line in said) == 2


@pytest.mark.parametrize("ranges", [True, False])
@pytest.mark.parametrize("etag", ['"two"', None])
def test_a_file_that_changed_meanwhile(source: ImageSource, ranges: bool, etag: str | None) -> None:
    def change(number: int, file: Behaviour) -> None:
        if number == 1:
            file.data, file.etag = bytes(len(DATA)), etag

    first = '"one"' if etag else None
    file = Behaviour(
        data=DATA, cuts=(CUT,), ranges=ranges and bool(etag), etag=first, before=change
    )
    with serving({"/image": file}) as server:
        words = refused(source, f"{server.url}/image")
    assert "/image was changed on the server while it was fetched (after 256 KiB)" in words


def test_given_up_without_progress(source: ImageSource, said: list[str]) -> None:
    file = Behaviour(data=DATA, cuts=(CUT, CUT, *((0,) * 20)))
    with serving({"/image": file}) as server:
        words = refused(source, f"{server.url}/image")
    assert f"broke off after 512 KiB of 6 MiB ({2 * CUT} of {len(DATA)} bytes)" in words
    assert file.connections == 2 + QUICK.failures - 1
    assert server.sent == 2 * CUT


def test_given_up_when_it_comes_by_the_byte(source: ImageSource) -> None:
    """A byte of each connection is no headway: an image would take for ever."""
    file = Behaviour(data=DATA, cuts=(CUT, *((1,) * 50)))
    with serving({"/image": file}) as server:
        words = refused(source, f"{server.url}/image")
    assert "broke off after 256 KiB" in words
    assert file.connections == 1 + QUICK.failures - 1


@pytest.mark.parametrize("seed", range(5))
def test_drops_at_random_places(source: ImageSource, seed: int) -> None:
    """Twenty, and beside two of them a second one that follows within 64 KiB."""
    dice = random.Random(seed)
    places = [dice.randrange(1, len(DATA) - 64 * KIB) for _ in range(18)]
    places += [place + dice.randrange(1, 64 * KIB) for place in places[:2]]
    cuts = tuple(end - start for start, end in itertools.pairwise([0, *sorted(places)]))
    file = Behaviour(data=DATA, cuts=cuts)
    with serving({"/image": file}) as server:
        assert fetched(source, f"{server.url}/image") == DATA
    assert file.connections == 21


def test_pauses_grow_up_to_a_limit_and_are_not_the_same() -> None:
    patience = Patience()
    assert [patience.pause(each, 0.0) for each in (1, 2, 3, 4)] == [0.5, 1.0, 2.0, 4.0]
    assert patience.pause(50, 0.0) == 30.0
    assert patience.pause(1, 1.0) == 0.25
    assert patience.read < 30


def test_a_server_that_is_busy_for_a_while(source: ImageSource, said: list[str]) -> None:
    def recover(number: int, file: Behaviour) -> None:
        file.status = 503 if number < 2 else None

    file = Behaviour(data=DATA, before=recover)
    with serving({"/image": file}) as server:
        assert fetched(source, f"{server.url}/image") == DATA
    assert said[0].startswith("trying again in ")
    assert said[0].endswith("the server answers 503 Service Unavailable")


def test_mirrors_in_their_order(source: ImageSource, said: list[str]) -> None:
    dying = Behaviour(data=DATA, cuts=(2 * CUT, *((0,) * 20)))
    with serving({"/image": dying}) as first, serving({"/image": Behaviour(data=DATA)}) as second:
        urls = [f"{first.url}/missing", f"{first.url}/image", f"{second.url}/image"]
        assert fetched(source, *urls) == DATA
    assert second.requests[0].headers["Range"] == f"bytes={2 * CUT}-"
    assert said[0].startswith("going on from 127.0.0.1:")
    assert "does not exist on the server (status 404)" in said[0]


def test_the_last_mirrors_reason_is_told(source: ImageSource) -> None:
    with serving({}) as server:
        assert f"{server.url}/b does not exist" in refused(
            source, f"{server.url}/a", f"{server.url}/b"
        )


def test_somebody_who_waits_can_stop(said: list[str]) -> None:
    def stop() -> None:
        raise Interrupted

    patience = Patience(first_pause=60)
    with serving({"/image": Behaviour(data=DATA, cuts=(CUT,))}) as server:
        source = ImageSource(patience=patience, say=said.append, pulse=stop)
        with pytest.raises(Interrupted):
            fetched(source, f"{server.url}/image")
    assert len(said) == 1


def test_somebody_can_stop_while_what_came_is_passed_over(said: list[str]) -> None:
    asked: list[int] = []

    def stop() -> None:
        asked.append(len(said))
        if any("starts from the beginning" in line for line in said):
            raise Interrupted

    file = Behaviour(data=DATA, cuts=(4 * MIB,), ranges=False)
    with serving({"/image": file}) as server:
        source = ImageSource(patience=QUICK, say=said.append, pulse=stop)
        with pytest.raises(Interrupted):
            fetched(source, f"{server.url}/image")
    assert asked


def test_a_login_goes_to_its_own_host_alone(said: list[str]) -> None:
    with serving({"/image": Behaviour(data=DATA, cuts=(CUT, 0, 0))}) as other:
        elsewhere = other.url.replace("127.0.0.1", "localhost") + "/image"
        moved = Behaviour(status=302, headers={"Location": elsewhere})
        with serving({"/moved": moved}) as server:
            url = server.url.replace("http://", "http://ada:geheim@") + "/moved?token=geheim"
            source = ImageSource(patience=QUICK, say=said.append)
            assert fetched(source, url) == DATA
            other.files["/image"].status = 418
            words = refused(source, url)
    assert server.requests[0].headers["Authorization"].startswith("Basic ")
    assert all("Authorization" not in each.headers for each in other.requests)
    assert "geheim" not in "\n".join([words, *said])


def test_no_redirect_leads_to_plain_http(source: ImageSource, authority: Authority) -> None:
    with serving({"/image": Behaviour(data=DATA)}) as plain:
        moved = Behaviour(status=302, headers={"Location": f"{plain.url}/image"})
        with serving({"/image": moved}, context=authority.context()) as server:
            trusting = ImageSource(Reach(ca_file=authority.certificate), patience=QUICK)
            words = refused(trusting, f"{server.url}/image")
    assert "leads from https to plain http, which is not followed" in words
    assert plain.requests == []


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def secure(authority: Authority) -> Iterator[Server]:
    with serving({"/image": Behaviour(data=DATA)}, context=authority.context()) as server:
        yield server


def test_an_authority_of_the_answers(
    source: ImageSource, secure: Server, authority: Authority
) -> None:
    trusting = ImageSource(Reach(ca_file=authority.certificate), patience=QUICK)
    assert fetched(trusting, f"{secure.url}/image") == DATA
    assert "signed by nobody whom this machine knows" in refused(source, f"{secure.url}/image")


def test_certificates_that_are_none(tmp_path: Path, secure: Server) -> None:
    (tmp_path / "ca.pem").write_text("nonsense")
    for name in ("ca.pem", "missing.pem"):
        source = ImageSource(Reach(ca_file=tmp_path / name), patience=QUICK)
        assert f"{name} has no certificates" in refused(source, f"{secure.url}/image")


def test_the_answers_proxy_and_the_environments(
    source: ImageSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "http://release.invalid/image"
    with serving({"/image": Behaviour(data=DATA)}) as proxy:
        with_login = proxy.url.replace("http://", "http://ada:geheim@")
        assert fetched(ImageSource(Reach(proxy=with_login), patience=QUICK), url) == DATA
        assert proxy.requests[-1].path == url
        assert proxy.requests[-1].headers["Proxy-Authorization"].startswith("Basic ")
        monkeypatch.setenv("http_proxy", proxy.url)
        assert fetched(source, url) == DATA
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        assert fetched(ImageSource(Reach(proxy=proxy.url), patience=QUICK), url) == DATA
    words = refused(ImageSource(Reach(proxy=with_login), patience=QUICK), url)
    assert words == "the proxy on the way to release.invalid cannot be reached"


def test_the_clock_is_asked_for_by_the_proxy_too(authority: Authority) -> None:
    """Of a server that only the proxy reaches, its certificate out of its time."""
    context = authority.context(name="DNS:release.invalid", ends="20210101")
    with (
        serving({"/image": Behaviour(data=DATA)}, context=context) as server,
        serving({}) as proxy,
    ):
        url = server.url.replace("127.0.0.1", "release.invalid")
        reach = Reach(proxy=proxy.url, ca_file=authority.certificate)
        words = refused(ImageSource(reach, patience=QUICK), f"{url}/image")
    assert "has expired; the clock of this machine is right" in words
    assert [each.method for each in proxy.requests] == ["CONNECT"] * 2


def test_a_small_file_is_not_waited_for_long(source: ImageSource, said: list[str]) -> None:
    with serving({"/sums": Behaviour(data=DATA[:1000], cuts=(10,) * 20, ranges=False)}) as server:
        with pytest.raises(SourceFailed, match="broke off after 10 B of 1000 B"):
            source.read(f"{server.url}/sums")
        assert len(server.requests) == 2
