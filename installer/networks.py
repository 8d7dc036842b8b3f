"""What this machine has of networks, and how one is joined: for screens and plain mode alike."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from installer.answers_connection import Network, WifiSecurity
from installer.errors import InstallError


class DeviceKind(StrEnum):
    """What a device is connected by."""

    WIRED = "wired"
    WIFI = "wifi"


class DeviceState(StrEnum):
    """How far a device is."""

    CONNECTED = "connected"
    CONNECTING = "connecting"
    DISCONNECTED = "disconnected"
    UNAVAILABLE = "unavailable"
    """No cable; a radio that is switched off."""


@dataclass(frozen=True, kw_only=True)
class Device:
    """A network device."""

    name: str
    kind: DeviceKind
    state: DeviceState
    addresses: tuple[str, ...] = ()
    """Each with the length of its prefix, those of IPv4 first; none of the link alone."""


@dataclass(frozen=True, kw_only=True)
class WifiNetwork:
    """A wireless network that can be heard."""

    ssid: str
    signal: int
    """0 to 100, of the access point that is heard best."""
    security: WifiSecurity | None
    """None: a kind that is not joined here, WEP or a login of one's own."""
    in_use: bool = False


@dataclass(frozen=True, kw_only=True)
class NetworkState:
    """What was seen."""

    devices: tuple[Device, ...] = ()
    wifi: tuple[WifiNetwork, ...] = ()
    """The strongest first, that in use before them."""

    @property
    def has_wifi(self) -> bool:
        """Whether there is a wireless device."""
        return any(each.kind is DeviceKind.WIFI for each in self.devices)

    @property
    def connected(self) -> tuple[Device, ...]:
        """The devices that have an address."""
        return tuple(each for each in self.devices if each.addresses)


class WrongWifiPassphrase(InstallError):
    """The network has refused the passphrase, or asked for one."""


class Networks(Protocol):
    """The networks of this machine."""

    def look(self, *, rescan: bool = False) -> NetworkState:
        """What there is now; `rescan`: listen for wireless networks first, some seconds long.

        Raises InstallError.
        """
        ...

    def connect(self, network: Network) -> None:
        """Have the machine reach the network like that, until it is switched off.

        Returns when it has an address. Raises InstallError, in words for a person; what was
        connected before may be so no more then.
        """
        ...
