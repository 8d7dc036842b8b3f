"""Properties of block devices where there is no udev database: ``lsblk`` and ``blkid``."""

import json
from collections.abc import Sequence
from typing import Final, Protocol

from backends.device_facts import Properties
from backends.sysfs import device_path
from installer.errors import ToolFailed

_TIMEOUT: Final = 30.0
"""Seconds: a USB stick that resets itself answers after ten, a dead disk never."""
_NOTHING_FOUND: Final = 2
_AMBIVALENT: Final = 8


class Completed(Protocol):
    """How a tool ended."""

    @property
    def stdout(self) -> str:
        """All that it printed."""
        ...

    @property
    def returncode(self) -> int:
        """Its exit status."""
        ...


class Tools(Protocol):
    """Whoever runs tools: `backends.runner.Runner`, or a test's own."""

    def run(
        self,
        argv: Sequence[str],
        *,
        timeout: float,
        device: str | None = None,
        ok: tuple[int, ...] = (0,),
    ) -> Completed:
        """Run a tool to its end. Raises ToolFailed."""
        ...


class ProbedProperties:
    """Asks lsblk once for all disks, and blkid for each device.

    A tool that is missing or hangs on a broken disk leaves its properties out: sysfs has the rest,
    and the plan names missing tools by itself.
    """

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._disks = _lsblk(tools)

    def properties(self, name: str) -> Properties:
        """Model and serial number from lsblk, what is on the device from blkid."""
        return {**self._disks.get(name, {}), **_blkid(self._tools, device_path(name))}


def _lsblk(tools: Tools) -> dict[str, Properties]:
    argv = ("lsblk", "--json", "--nodeps", "--output", "NAME,MODEL,SERIAL")
    try:
        rows = json.loads(tools.run(argv, timeout=_TIMEOUT).stdout)["blockdevices"]
    except (ToolFailed, ValueError, KeyError):
        return {}
    return {
        row["name"]: {
            key: row[column]
            for key, column in (("ID_MODEL", "model"), ("ID_SERIAL_SHORT", "serial"))
            if row[column]
        }
        for row in rows
    }


def _blkid(tools: Tools, device: str) -> Properties:
    """Low-level probing (``-p``) reads the device itself and no cache of what was there before.

    It ends alike where there is nothing and where it could not open or read the device. What
    failed once only was taken for a partition that is gone, so that it is asked twice.
    """
    argv = ("blkid", "-p", "-o", "udev", device)
    try:
        for _attempt in range(2):
            done = tools.run(
                argv, timeout=_TIMEOUT, device=device, ok=(0, _NOTHING_FOUND, _AMBIVALENT)
            )
            if done.returncode != _NOTHING_FOUND:
                break
    except ToolFailed:
        return {}
    lines = (line.partition("=") for line in done.stdout.splitlines())
    found = {key: value for key, equals, value in lines if equals}
    if done.returncode == _AMBIVALENT:
        found.setdefault("ID_FS_AMBIVALENT", "")
    return found
