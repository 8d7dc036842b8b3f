"""What udev or blkid know of one block device, in the vocabulary of the udev database.

The names are those of systemd's 60-persistent-storage.rules and of ``blkid -o udev``, which agree.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from installer.hardware import Contents

Properties = Mapping[str, str]

_ESCAPED: Final = re.compile(rb"\\x([0-9a-fA-F]{2})")
_SERIALS: Final = ("SCSI_IDENT_SERIAL", "ID_SCSI_SERIAL", "ID_SERIAL_SHORT", "ID_SERIAL")
"""In the order of lsblk, so that a serial number read there is the one that is found here."""


class PropertySource(Protocol):
    """Whoever has such properties of a device."""

    def properties(self, name: str) -> Properties:
        """All properties of the device with this kernel name; empty when nothing is known."""
        ...


@dataclass(frozen=True)
class DeviceFacts:
    """The properties of one device, decoded."""

    properties: Properties

    @property
    def model(self) -> str | None:
        """Model name in full."""
        return self._decoded("ID_MODEL_ENC") or self._decoded("ID_MODEL")

    @property
    def serial(self) -> str | None:
        """Serial number as lsblk shows it."""
        return next(filter(None, map(self._decoded, _SERIALS)), None)

    @property
    def table(self) -> str | None:
        """Kind of partition table."""
        return self.properties.get("ID_PART_TABLE_TYPE")

    @property
    def contents(self) -> Contents | None:
        """The file system, RAID or LUKS member on the device."""
        if "ID_FS_AMBIVALENT" in self.properties:
            return Contents(kind="ambivalent")
        kind = self.properties.get("ID_FS_TYPE")
        if not kind:
            return None
        return Contents(
            kind=kind,
            label=self._decoded("ID_FS_LABEL_ENC"),
            uuid=self._decoded("ID_FS_UUID_ENC"),
        )

    @property
    def type_guid(self) -> str | None:
        """GPT type; None in other tables, whose types are no GUIDs."""
        if self.properties.get("ID_PART_ENTRY_SCHEME") != "gpt":
            return None
        return self.properties.get("ID_PART_ENTRY_TYPE", "").lower() or None

    @property
    def partition_label(self) -> str | None:
        """GPT label."""
        return self._decoded("ID_PART_ENTRY_NAME")

    @property
    def partition_guid(self) -> str | None:
        """GPT GUID; of a DOS partition, what the kernel takes for one."""
        return self.properties.get("ID_PART_ENTRY_UUID", "").lower() or None

    def _decoded(self, key: str) -> str | None:
        """A property with udev's ``\\x20`` undone and the blanks around it gone."""
        raw = self.properties.get(key, "").encode()
        plain = _ESCAPED.sub(lambda match: bytes([int(match[1], 16)]), raw)
        return plain.decode("utf-8", "replace").strip() or None
