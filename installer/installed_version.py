"""Which version is installed on a disk: a line at the head of its start menu says so. Pure.

The boot partition can be read whatever else of the disk is encrypted.
"""

import re
from typing import Final

_MARK: Final = re.compile(r"^# Installed version: ([A-Za-z0-9][A-Za-z0-9.~^+-]*)$", re.MULTILINE)
_WHOLE: Final = re.compile(r"^# Installed version: .*\n", re.MULTILINE)
HEAD_BYTES: Final = 4096
"""What is read of a menu."""


def with_version(menu: str, version: str) -> str:
    """`menu` with the line before it, in the place of an older one."""
    return f"# Installed version: {version}\n{_WHOLE.sub('', menu)}"


def version_in(menu: str) -> str | None:
    """The version that a menu says; None for one of an older installer, or of somebody else."""
    match = _MARK.search(menu)
    return match[1] if match else None
