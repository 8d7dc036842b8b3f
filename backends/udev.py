"""Properties of block devices from the udev database, through pyudev; waiting for udev."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from backends.device_facts import Properties, PropertySource
from backends.probe import Tools

_SOCKET: Final = "run/udev/control"


class UdevDevice(Protocol):
    """What is used of pyudev's Device."""

    @property
    def is_initialized(self) -> bool:
        """Whether udev's rules have run for it."""
        ...

    @property
    def properties(self) -> Mapping[str, str]:
        """Its entry in the database."""
        ...


FindDevice = Callable[[str], UdevDevice | None]


def has_database(root: Path) -> bool:
    """Whether udev runs on this system: with mdev or mdevd there is no such folder."""
    folder = root / "run/udev/data"
    return folder.is_dir() and any(folder.iterdir())


def udev_devices() -> FindDevice:
    """Finds block devices of this system by their kernel names."""
    import pyudev

    context = pyudev.Context()

    def find(name: str) -> UdevDevice | None:
        try:
            device: UdevDevice = pyudev.Devices.from_name(context, "block", name)
        except pyudev.DeviceNotFoundError:
            return None
        return device

    return find


@dataclass(frozen=True)
class UdevProperties:
    """Reads the database; a device that udev has not finished with goes to `otherwise`."""

    find: FindDevice
    otherwise: PropertySource

    def properties(self, name: str) -> Properties:
        """All properties of the device."""
        device = self.find(name)
        if device is None or not device.is_initialized:
            return self.otherwise.properties(name)
        return dict(device.properties)


def settle(tools: Tools, root: Path = Path("/")) -> None:
    """Wait for udev, which opens new devices and makes their links; without udev, nothing."""
    if (root / _SOCKET).exists():
        tools.run(("udevadm", "settle", "--timeout=30"), timeout=40.0, ok=(0, 1))
