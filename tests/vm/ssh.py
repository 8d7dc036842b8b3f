"""Somebody at another machine: the installer over ssh(1)."""

from pathlib import Path
from typing import Final

import pexpect

from tests.vm.serial import COLUMNS, ROWS, Line

CONNECT_WITHIN: Final = 120.0
_OPTIONS: Final = (
    *("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"),
    *("-o", "PreferredAuthentications=password", "-o", "NumberOfPasswordPrompts=1"),
)


class Ssh(Line):
    """A terminal of xterm's kind, logged in as root of the live system."""

    def __init__(self, port: int, password: str, log: Path) -> None:
        self._client = pexpect.spawn(
            "ssh",
            [*_OPTIONS, "-p", str(port), "root@127.0.0.1"],
            encoding="utf-8",
            codec_errors="replace",
            dimensions=(ROWS, COLUMNS),
            env={"TERM": "xterm-256color", "PATH": "/usr/bin:/bin"},
        )
        super().__init__(self._client, log)
        self.wait_for("password: ", within=CONNECT_WITHIN, what="the question for the password")
        self.type(f"{password}\r")

    def close(self) -> None:
        """The connection drops."""
        self._client.close(force=True)
        super().close()

    def resize(self, columns: int, rows: int) -> None:
        """The window has another size from now on."""
        self._screen.resize(rows, columns)
        self._client.setwinsize(rows, columns)
