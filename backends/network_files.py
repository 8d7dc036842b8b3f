"""How an installed system reaches the network: NetworkManager's profile, and the proxy."""

import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from backends.inside import resolve_inside
from backends.settings_files import with_assignment
from backends.whole_file import put_bytes
from installer.answers_connection import Network
from installer.connection import FILE_NAME, connection_of
from installer.errors import InstallError
from installer.text import _

CONNECTIONS: Final = PurePosixPath("/etc/NetworkManager/system-connections")
ENVIRONMENT: Final = PurePosixPath("/etc/environment")
"""What PAM gives every session: logins, sudo, ssh (pam_env(8))."""
SERVICES: Final = PurePosixPath("/etc/systemd/system.conf.d/50-atomos-proxy.conf")
"""What services have: Nix and Flatpak fetch in one (systemd-system.conf(5))."""
_SECRET: Final = 0o600
"""NetworkManager passes over a profile that others can read."""
_PUBLIC: Final = 0o644
_PROXY_NAMES: Final = ("http_proxy", "https_proxy")


class NetworkFiles:
    """The network's files of the whole tree at `root`, whose image lies on `slot`."""

    def __init__(self, root: Path, slot: str) -> None:
        self._root = root
        self._slot = slot

    def write(self, network: Network) -> None:
        """Write all of them; those that are right already stay. Raises InstallError or OSError."""
        for path, text, mode in self._wanted(network):
            if not self._is(path, text, mode):
                found = self._inside(path)
                found.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
                put_bytes(found, text.encode(), mode=mode)

    def verify(self, network: Network) -> None:
        """Raises InstallError, naming the first file that is not so; no secret is repeated."""
        for path, text, mode in self._wanted(network):
            if not self._is(path, text, mode):
                raise InstallError(
                    _("{path} of the installed system is not what was written there").format(
                        path=path
                    ),
                    device=self._slot,
                    way_out=_("Try again; if it stays so, use another disk."),
                )

    def _wanted(self, network: Network) -> Iterator[tuple[PurePosixPath, str, int]]:
        """Path, content and mode of each file."""
        connection = connection_of(network)
        if connection is not None:
            yield CONNECTIONS / FILE_NAME, connection.text.reveal(), _SECRET
        if network.proxy is None:
            return
        before = self._inside(ENVIRONMENT)
        text = before.read_text(errors="replace") if before.is_file() else ""
        for name in _PROXY_NAMES:
            text = with_assignment(text, name, network.proxy)
        yield ENVIRONMENT, text, _PUBLIC
        values = " ".join(f'"{name}={_percent(network.proxy)}"' for name in _PROXY_NAMES)
        yield SERVICES, f"[Manager]\nDefaultEnvironment={values}\n", _PUBLIC

    def _is(self, path: PurePosixPath, text: str, mode: int) -> bool:
        """Whether a file has this content, this mode, and belongs to root."""
        found = self._inside(path)
        try:
            status = found.stat()
        except FileNotFoundError:
            return False
        owned = (status.st_uid, status.st_gid) == (0, 0)
        right = stat.S_ISREG(status.st_mode) and stat.S_IMODE(status.st_mode) == mode
        return owned and right and found.read_bytes() == text.encode()

    def _inside(self, path: PurePosixPath) -> Path:
        return resolve_inside(self._root, path, device=self._slot)


def _percent(text: str) -> str:
    """A value in a unit's configuration, where ``%`` begins a specifier."""
    return text.replace("%", "%%")
