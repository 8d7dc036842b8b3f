"""Web servers on the loopback that do what real ones and what stands before them do."""

import contextlib
import functools
import http.server
import re
import select
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

CONFIG = """\
[ca]
default_ca = ours
[ours]
dir = {folder}
database = {folder}/index
new_certs_dir = {folder}
serial = {folder}/serial
certificate = {folder}/ca.pem
private_key = {folder}/ca.key
default_md = sha256
policy = any
email_in_dn = no
unique_subject = no
[any]
commonName = supplied
"""
_RANGE = re.compile(r"bytes=(\d+)-(\d+)?")


@dataclass(kw_only=True)
class Request:
    """One that came."""

    method: str
    path: str
    headers: Mapping[str, str]


@dataclass(kw_only=True)
class Behaviour:
    """What a file is answered with; connections are counted from 0."""

    data: bytes = b""
    cuts: tuple[int, ...] = ()
    """The connection of this number is cut after so many bytes; later ones are not."""
    stalls: frozenset[int] = frozenset()
    """Of those that are cut: these say nothing more instead."""
    ranges: bool = True
    etag: str | None = '"one"'
    modified: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """Beside the others, or in their place."""
    status: int | None = None
    announced: int | None = None
    """Another Content-Length than that of what is sent; -1: none at all."""
    before: "Callable[[int, Behaviour], None] | None" = None
    """Told the number of a connection before it is answered; may change this."""
    connections: int = 0


@dataclass(kw_only=True)
class Server:
    """One that is running."""

    files: dict[str, Behaviour] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    sent: int = 0
    """Bytes of bodies."""
    url: str = ""
    over: threading.Event = field(default_factory=threading.Event)


class _Handler(http.server.BaseHTTPRequestHandler):
    def __init__(self, server: Server, *args: object) -> None:
        self._served = server
        super().__init__(*args)  # type: ignore[arg-type]

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        # A client that has seen enough hangs up.
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            self._answer()

    def do_CONNECT(self) -> None:
        """As a proxy that finds every name on the loopback; until either end has no more."""
        request = Request(method="CONNECT", path=self.path, headers=dict(self.headers.items()))
        self._served.requests.append(request)
        port = int(self.path.rpartition(":")[2])
        with (
            contextlib.suppress(ConnectionError),
            socket.create_connection(("127.0.0.1", port)) as behind,
        ):
            self.send_response_only(200)
            self.end_headers()
            ends = {self.connection: behind, behind: self.connection}
            while data := (come := select.select(ends, [], [])[0][0]).recv(65536):
                ends[come].sendall(data)
        self.close_connection = True

    def _answer(self) -> None:
        # As a proxy sees it, an address is whole.
        path = re.sub(r"^http://[^/]+|\?.*$", "", self.path)
        request = Request(method=self.command, path=self.path, headers=dict(self.headers.items()))
        self._served.requests.append(request)
        file = self._served.files.get(path)
        if file is None:
            self.send_error(404)
            return
        number, file.connections = file.connections, file.connections + 1
        if file.before is not None:
            file.before(number, file)
        self._send(file, number)

    def _send(self, file: Behaviour, number: int) -> None:
        start, end = self._part(file)
        body = file.data[start:end]
        headers: dict[str, str] = {"Content-Type": "application/octet-stream"}
        if file.announced != -1:
            headers["Content-Length"] = str(len(body) if file.announced is None else file.announced)
        is_part = start > 0 or end is not None
        if is_part:
            last = len(file.data) if end is None else end
            headers["Content-Range"] = f"bytes {start}-{last - 1}/{len(file.data)}"
        headers |= {"ETag": file.etag} if file.etag else {}
        headers |= {"Last-Modified": file.modified} if file.modified else {}
        headers |= file.headers
        self.send_response_only(file.status or (206 if is_part else 200))
        headers = {"Date": self.date_time_string(), **headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        cut = file.cuts[number] if number < len(file.cuts) else len(body)
        # Before whoever reads it may ask how much it was.
        self._served.sent += min(cut, len(body))
        self.wfile.write(body[:cut])
        self.wfile.flush()
        if number in file.stalls:
            self._served.over.wait()

    def _part(self, file: Behaviour) -> tuple[int, int | None]:
        """Where what is asked for begins, and ends where that is said."""
        wanted = _RANGE.fullmatch(self.headers.get("Range", ""))
        condition = self.headers.get("If-Range")
        if not wanted or not file.ranges or condition not in (None, file.etag, file.modified):
            return 0, None
        return int(wanted[1]), None if wanted[2] is None else int(wanted[2]) + 1


@contextlib.contextmanager
def serving(
    files: Mapping[str, Behaviour], *, context: ssl.SSLContext | None = None
) -> Iterator[Server]:
    """A server of these files by their paths, with TLS when there is a `context`."""
    server = Server(files=dict(files))
    handler = functools.partial(_Handler, server)
    with _Quiet(("127.0.0.1", 0), handler) as listening:
        scheme = "http"
        if context is not None:
            scheme = "https"
            listening.socket = context.wrap_socket(listening.socket, server_side=True)
        server.url = f"{scheme}://127.0.0.1:{listening.server_port}"
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            listening.shutdown()
            thread.join()


class _Quiet(http.server.ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A client that refuses a certificate is no failure of the server."""


@dataclass(frozen=True, kw_only=True)
class Authority:
    """One that signs certificates of servers, with openssl(1)."""

    folder: Path

    @property
    def certificate(self) -> Path:
        """Its own."""
        return self.folder / "ca.pem"

    def context(
        self, *, name: str = "IP:127.0.0.1", begins: str = "20200101", ends: str = "20490101"
    ) -> ssl.SSLContext:
        """For a server that this authority says is `name`, in the time between two days."""
        stem = re.sub(r"\W", "_", f"{name}-{begins}-{ends}")
        key, request = self.folder / f"{stem}.key", self.folder / f"{stem}.csr"
        pem, extension = self.folder / f"{stem}.pem", self.folder / f"{stem}.ext"
        extension.write_text(f"subjectAltName={name}\n")
        _openssl("req", "-new", *_KEY, "-keyout", key, "-out", request, "-subj", "/CN=server")
        _openssl(
            *("ca", "-batch", "-notext", "-config", self.folder / "config", "-in", request),
            *("-out", pem, "-extfile", extension),
            *("-startdate", f"{begins}000000Z", "-enddate", f"{ends}000000Z"),
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem, key)
        return context


_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


def make_authority(folder: Path) -> Authority:
    """A new one, whose files are in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config").write_text(CONFIG.format(folder=folder))
    (folder / "index").touch()
    (folder / "serial").write_text("01\n")
    _openssl(
        *("req", "-x509", *_KEY, "-keyout", folder / "ca.key", "-out", folder / "ca.pem"),
        *("-subj", "/CN=Test authority", "-days", "36500"),
    )
    return Authority(folder=folder)


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
