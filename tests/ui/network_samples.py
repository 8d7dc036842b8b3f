"""Networks that a machine may have, for stories and pictures of the page that shows them."""

from installer.answers_connection import WifiSecurity
from installer.errors import InstallError
from installer.networks import (
    Device,
    DeviceKind,
    DeviceState,
    NetworkState,
    WifiNetwork,
    WrongWifiPassphrase,
)

NO_CABLE = Device(name="enp0s3", kind=DeviceKind.WIRED, state=DeviceState.UNAVAILABLE)
CABLE = Device(name="enp0s3", kind=DeviceKind.WIRED, state=DeviceState.DISCONNECTED)
RADIO = Device(name="wlp2s0", kind=DeviceKind.WIFI, state=DeviceState.DISCONNECTED)
ON_WIFI = Device(
    name="wlp2s0",
    kind=DeviceKind.WIFI,
    state=DeviceState.CONNECTED,
    addresses=("192.168.178.44/24",),
)
TWELVE = tuple(
    WifiNetwork(ssid=ssid, signal=signal, security=security)
    for ssid, signal, security in (
        ("Workshop", 91, WifiSecurity.WPA2),
        ("Attic", 84, WifiSecurity.WPA3),
        ("Cafe Kaese [free]", 77, WifiSecurity.OPEN),
        ("University", 70, None),
        ("K\u00e4seglocke", 63, WifiSecurity.WPA2),
        ("Neighbour 1", 56, WifiSecurity.WPA2),
        ("Neighbour 2", 49, WifiSecurity.WPA2),
        ("A name of 32 letters, which is it", 42, WifiSecurity.WPA3),
        ("Printer", 35, WifiSecurity.OPEN),
        ("Old box", 28, None),
        ("Garden", 14, WifiSecurity.WPA2),
        ("Street", 5, WifiSecurity.WPA2),
    )
)
NOTHING = NetworkState()
UNPLUGGED = NetworkState(devices=(NO_CABLE,))
PLUGGED = NetworkState(devices=(CABLE,))
SILENT = NetworkState(devices=(NO_CABLE, RADIO))
"""There is a radio, and nothing was heard."""
AROUND = NetworkState(devices=(NO_CABLE, RADIO), wifi=TWELVE)
JOINED = NetworkState(devices=(NO_CABLE, ON_WIFI), wifi=TWELVE)


def wrong_passphrase() -> InstallError:
    """As the network says it."""
    return WrongWifiPassphrase("The passphrase is wrong.", way_out="Type it again.")


def no_address() -> InstallError:
    """It lets one in, and says nothing more."""
    return InstallError("The network gives no address (DHCP).", way_out="Try it again.")
