"""Rows of bad input: what servers, proxies and networks make of an image."""

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

from installer.quantity import MIB
from installer.reach import Reach
from tests.tools.bad_inputs import NAME, Bad, Ground, Offer, changed, from_file, served
from tests.tools.servers import Behaviour
from tests.tools.web import closed_port

SHA = f"^the SHA-256 of {NAME} is not the one in the release's sums$"
PAGE = {"Content-Type": "text/html; charset=utf-8"}
LOGIN = b"<html><title>Guest Wi-Fi</title><form>Accept the terms</form></html>"
IS_PAGE = "is a web page: does this network ask for a login first"
CUT = 2 * MIB + 5
SET_CLOCK = "^Set the clock of this machine, then try again"
DATE = "Wed, 01 Jan 2048 10:00:00 GMT"


def rows() -> Iterator[Bad]:
    """All of them."""
    yield from _truncated()
    yield from _flipped()
    yield from _lengths()
    yield from _on_the_way()
    yield from _ranges()
    for row in (*_redirects(), *_servers(), *_certificates()):
        # None of them comes to a byte of the image.
        yield replace(row, untouched=True)


def _truncated() -> Iterator[Bad]:
    places = (0, 1, 511, MIB - 1, MIB, MIB + 1, 4 * MIB, 5 * MIB + 7, -4097, -1)
    for place in places:
        yield served(
            f"truncated at {place}",
            r"broke off after .* of 6 MiB \(\d+ of \d+ bytes\)",
            lambda ground, place=place: Behaviour(  # type: ignore[misc]
                data=ground.image[:place], announced=len(ground.image), ranges=False
            ),
            untouched=place == 0,
        )
    yield served(
        "truncated without a length",
        "broke off after 3 MiB",
        lambda ground: Behaviour(data=ground.image[: 3 * MIB], announced=-1, ranges=False),
    )
    yield from_file(
        "truncated file", r"should have \d+ bytes, but 5 are", lambda data: data[:5], untouched=True
    )
    yield from_file("empty file", "but 0 are offered", lambda data: b"", untouched=True)


def _flipped() -> Iterator[Bad]:
    for place in (0, 40, MIB - 1, MIB, 3 * MIB, -4096, -1):
        yield from_file(
            f"flipped bit at {place}",
            SHA,
            lambda data, place=place: changed(data, place),  # type: ignore[misc]
        )
    yield from_file("zeros", SHA, lambda data: bytes(len(data)))
    yield from_file("two MiB swapped", SHA, lambda data: _swapped(data))
    yield served(
        "flipped by the server", SHA, lambda ground: Behaviour(data=_swapped(ground.image))
    )


def _swapped(data: bytes) -> bytes:
    return data[MIB : 2 * MIB] + data[:MIB] + data[2 * MIB :]


def _lengths() -> Iterator[Bad]:
    yield served(
        "one byte more than said, and no length",
        f"{NAME} should have \\d+ bytes, but more came",
        lambda ground: Behaviour(data=ground.image + b"!", announced=-1),
    )
    yield from_file(
        "a longer file", "bytes, but .* are offered", lambda data: data + b"!", untouched=True
    )
    for more in (-1, 1, 1 << 40):
        yield served(
            f"a length header that is off by {more}",
            r"should have \d+ bytes, but \d+ are offered",
            lambda ground, more=more: Behaviour(  # type: ignore[misc]
                data=ground.image, announced=len(ground.image) + more
            ),
            untouched=True,
        )


def _on_the_way() -> Iterator[Bad]:
    for coding in ("gzip", "br", "zstd"):
        yield served(
            f"packed with {coding} by a proxy",
            rf"comes packed \({coding}\) by the server or by a proxy on the way",
            lambda ground, coding=coding: Behaviour(  # type: ignore[misc]
                data=ground.image, headers={"Content-Encoding": coding}
            ),
            untouched=True,
        )
    yield served(
        "packed from the second connection on",
        r"comes packed \(gzip\)",
        lambda ground: _then(ground, headers={"Content-Encoding": "gzip"}),
    )
    yield served(
        "a login page with status 200",
        IS_PAGE,
        lambda ground: Behaviour(data=LOGIN, headers=PAGE),
        untouched=True,
    )
    yield served(
        "a login page that does not say its length",
        IS_PAGE,
        lambda ground: Behaviour(data=LOGIN, headers=PAGE, announced=-1),
        untouched=True,
    )
    yield served(
        "a login page in the middle",
        IS_PAGE,
        lambda ground: _then(ground, data=LOGIN, headers=PAGE, ranges=False, etag=None),
    )


def _then(ground: Ground, **later: object) -> Behaviour:
    """The image, whose first connection breaks off; what later ones do."""

    def change(number: int, file: Behaviour) -> None:
        if number:
            for name, value in later.items():
                setattr(file, name, value)

    return Behaviour(data=ground.image, cuts=(CUT,), before=change)


def _ranges() -> Iterator[Bad]:
    other = "was asked for from byte 2097157 on, but the server sends another part"
    for told in ("bytes 5-{last}/{size}", "bytes 2097157-2097999/{size}", "", "lines 1-2/3"):
        yield served(
            f"206 with the range {told!r}",
            other,
            lambda ground, told=told: _then(  # type: ignore[misc]
                ground, headers={"Content-Range": _range(told, ground)}
            ),
        )
    yield served(
        "206 with another total",
        "was changed on the server while it was fetched",
        lambda ground: _then(ground, headers={"Content-Range": "bytes 2097157-8999999/9000000"}),
    )
    yield served(
        "206 that nobody asked for",
        "was asked for from byte 0 on, but the server sends another part",
        lambda ground: Behaviour(
            data=ground.image, status=206, headers={"Content-Range": "bytes 7-99/100"}
        ),
        untouched=True,
    )
    yield served(
        "416: it is shorter now",
        "was changed on the server",
        lambda ground: _then(ground, status=416),
    )
    yield served(
        "another version of the same length",
        "was changed on the server",
        lambda ground: _then(ground, data=bytes(len(ground.image)), etag='"two"'),
    )
    yield served(
        "another version, without ranges and versions",
        "was changed on the server",
        lambda ground: _then(ground, data=bytes(len(ground.image)), etag=None, ranges=False),
    )


def _range(told: str, ground: Ground) -> str:
    return told.format(last=len(ground.image) - 1, size=len(ground.image))


def _redirects() -> Iterator[Bad]:
    yield served("a redirect to itself", "redirects in a circle", lambda _: _moved(f"/{NAME}"))
    for place in ("file:///etc/shadow", "ftp://127.0.0.1/image", "gopher:"):
        yield served(
            f"a redirect to {place}",
            f"{NAME} is not an address that can be fetched",
            lambda _, place=place: _moved(place),  # type: ignore[misc]
        )
    yield served(
        "a redirect to where nobody listens",
        "refuses the connection",
        lambda _: _moved(f"http://127.0.0.1:{closed_port()}/image"),
    )

    def to_plain(ground: Ground) -> Offer:
        plain = ground.serve({f"/{NAME}": Behaviour(data=ground.image)})
        files = {f"/{NAME}": _moved(f"{plain.url}/{NAME}")}
        return _secure(ground, ground.serve(files, ground.authority.context()).url)

    yield Bad(
        name="a redirect from https to http", words="leads from https to plain http", make=to_plain
    )


def _moved(place: str) -> Behaviour:
    return Behaviour(status=302, headers={"Location": place})


def _servers() -> Iterator[Bad]:
    for status, words in (
        (401, "the server answers 401"),
        (403, "the server answers 403"),
        (404, "does not exist on the server"),
        (410, "does not exist on the server"),
        (500, "the server answers 500"),
        (503, "the server answers 503"),
    ):
        yield served(
            f"status {status}",
            words,
            lambda _, status=status: Behaviour(status=status),  # type: ignore[misc]
        )
    yield Bad(name="a server that says nothing", words="does not answer", make=_talk(b""))
    yield Bad(
        name="no web server", words="cannot be reached", make=_talk(b"220 mail ESMTP\r\n\r\n")
    )
    yield Bad(
        name="nobody listens",
        words="refuses the connection",
        make=lambda ground: Offer(image=ground.said(f"http://127.0.0.1:{closed_port()}/{NAME}")),
    )
    yield Bad(
        name="a name that there is not",
        words="the name nowhere.invalid cannot be resolved",
        make=lambda ground: Offer(image=ground.said(f"http://nowhere.invalid/{NAME}")),
    )
    yield Bad(
        name="a proxy that is not there",
        words="the proxy on the way to 192.0.2.1 cannot be reached",
        make=lambda ground: Offer(
            image=ground.said(f"http://192.0.2.1/{NAME}"),
            reach=Reach(proxy=f"http://127.0.0.1:{closed_port()}"),
        ),
    )


def _talk(words: bytes) -> Callable[[Ground], Offer]:
    """A port where `words` are said, and then nothing until the caller has gone."""

    def make(ground: Ground) -> Offer:
        listening = ground.stack.enter_context(socket.create_server(("127.0.0.1", 0)))

        def talk() -> None:
            while True:
                try:
                    caller, _ = listening.accept()
                except OSError:
                    return
                with caller:
                    caller.recv(65536)
                    caller.sendall(words)
                    if not words:
                        caller.recv(1)

        thread = threading.Thread(target=talk, daemon=True)
        thread.start()
        # Closing alone does not wake whoever waits for a caller.
        ground.stack.callback(lambda: listening.shutdown(socket.SHUT_RDWR))
        return Offer(image=ground.said(f"http://127.0.0.1:{listening.getsockname()[1]}/{NAME}"))

    return make


def _certificates() -> Iterator[Bad]:
    yield _certificate(
        "expired",
        "has expired; the clock of this machine is right",
        way_out="^Tell whoever runs the server",
        ends="20210101",
    )
    yield _certificate(
        "of a server years ahead",
        "not valid yet; the clock of this machine is probably the reason: it says 20.*2048-01-01",
        way_out=SET_CLOCK,
        begins="20470101",
    )
    yield _certificate(
        "of a server years ago",
        "has expired; the clock of this machine is probably the reason: it says 20.*2020-06-01",
        way_out=SET_CLOCK,
        ends="20210101",
        date="Mon, 01 Jun 2020 10:00:00 GMT",
    )
    yield _certificate(
        "of a server that does not say its time",
        "has expired; the clock of this machine says 20.*: is that right",
        way_out="^Set the clock of this machine if it is wrong, or tell whoever runs the server",
        ends="20210101",
        date="soon",
    )
    yield _certificate("for another name", "is for another host", name="DNS:example.org")
    yield _certificate("for another address", "is for another host", name="IP:127.0.0.2")

    def unknown(ground: Ground) -> Offer:
        server = ground.serve(
            {f"/{NAME}": Behaviour(data=ground.image)}, ground.authority.context()
        )
        return Offer(image=ground.said(f"{server.url}/{NAME}"))

    yield Bad(
        name="a certificate by an unknown authority",
        words="is signed by nobody whom this machine knows",
        make=unknown,
    )

    def no_tls(ground: Ground) -> Offer:
        server = ground.serve({f"/{NAME}": Behaviour(data=ground.image)})
        return _secure(ground, server.url.replace("http://", "https://"))

    yield Bad(
        name="no TLS where https is asked for", words="cannot be spoken to over TLS", make=no_tls
    )


def _certificate(
    what: str,
    words: str,
    *,
    way_out: str = "",
    date: str | None = None,
    begins: str = "20200101",
    **more: str,
) -> Bad:
    """A server with such a certificate, which says that it is `date`; by default it is now."""
    told = date or (DATE if begins > "2040" else None)

    def make(ground: Ground) -> Offer:
        file = Behaviour(data=ground.image)
        root = Behaviour(headers={"Date": told} if told else {})
        context = ground.authority.context(begins=begins, **more)
        return _secure(ground, ground.serve({f"/{NAME}": file, "/": root}, context).url)

    return Bad(name=f"a certificate {what}", words=words, make=make, way_out=way_out)


def _secure(ground: Ground, url: str) -> Offer:
    return Offer(
        image=replace(ground.said(f"{url}/{NAME}")),
        reach=Reach(ca_file=ground.authority.certificate),
    )
