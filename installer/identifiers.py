"""Identifiers of an installation: inputs of the plan, so that a second run makes the same disk."""

import uuid
from dataclasses import dataclass

from installer.layout import Role


@dataclass(frozen=True, kw_only=True)
class Identifiers:
    """Every random identifier on the disk, drawn before the plan is made."""

    disk_guid: str
    partition_guids: dict[Role, str]
    esp_volume_id: str
    """Eight upper-case hex digits (mkfs.fat -i)."""
    boot_uuid: str
    data_uuid: str
    luks_uuid: str
    machine_id: str
    """32 lower-case hex digits (machine-id(5))."""

    @classmethod
    def draw(cls) -> "Identifiers":
        """New random ones."""
        return cls(
            disk_guid=str(uuid.uuid4()),
            partition_guids={role: str(uuid.uuid4()) for role in Role},
            esp_volume_id=uuid.uuid4().hex[:8].upper(),
            boot_uuid=str(uuid.uuid4()),
            data_uuid=str(uuid.uuid4()),
            luks_uuid=str(uuid.uuid4()),
            machine_id=uuid.uuid4().hex,
        )
