"""What screens and plain mode say of the networks of this machine."""

from typing import Final

from installer.answers_connection import Network, NetworkMethod, WifiSecurity
from installer.errors import InstallError
from installer.networks import Device, DeviceKind, DeviceState, NetworkState, WifiNetwork
from installer.printable import printable
from installer.text import N_, _

WAIT_FOR_NETWORKS: Final = N_("Looking for networks ...")
WAIT_FOR_WIFI: Final = N_("Listening for Wi-Fi networks ...")
OTHER_WIFI: Final = N_("Another Wi-Fi network")
FIXED_ADDRESS: Final = N_("Fixed address, proxy")
SECURITIES: Final = {
    WifiSecurity.WPA2: N_("WPA2"),
    WifiSecurity.WPA3: N_("WPA3"),
    WifiSecurity.OPEN: N_("open: nothing is encrypted"),
}
_UNKNOWN_SECURITY: Final = N_("WEP or 802.1X: not joined here")
_KINDS: Final = {DeviceKind.WIRED: N_("Wired"), DeviceKind.WIFI: N_("Wi-Fi")}
_ON_THEIR_WAY: Final = (DeviceState.CONNECTING, DeviceState.CONNECTED)
"""One that is connected has its address a moment later."""
_BARS: Final = 5


def network_lines(state: NetworkState) -> tuple[str, ...]:
    """The devices, a line each, and what that means."""
    if not state.devices:
        return (_("This machine has no network device that this system knows."), _no_network())
    return (*(device_line(each) for each in state.devices), standing(state))


def device_line(device: Device) -> str:
    """One device: what it is, and how far."""
    return _("{kind} ({name}): {state}").format(
        kind=_(_KINDS[device.kind]), name=printable(device.name), state=_state_of(device)
    )


def standing(state: NetworkState) -> str:
    """Whether there is something to do."""
    if state.connected:
        return _("This machine is connected: there is nothing to do.")
    if any(each.state in _ON_THEIR_WAY for each in state.devices):
        return _("Waiting for an address. You can go on meanwhile.")
    return _no_network()


def wifi_row(network: WifiNetwork) -> str:
    """One wireless network: signal, name, and how it is protected."""
    strong = max(1, round(network.signal * _BARS / 100))
    bars = "#" * strong + "." * (_BARS - strong)
    return f"{bars} {network.signal:>3} %  {printable(network.ssid)}  ({_security(network)})"


def wifi_words(network: WifiNetwork) -> str:
    """The same to be listened to: what it is known by first, and nothing that is drawn."""
    return f"{printable(network.ssid)} ({_security(network)}), {network.signal} %"


def _security(network: WifiNetwork) -> str:
    security = _(SECURITIES[network.security]) if network.security else _(_UNKNOWN_SECURITY)
    if network.in_use:
        return _("{security}, connected").format(security=security)
    return security


def chosen_lines(network: Network) -> tuple[str, ...]:
    """What was chosen beside what there is."""
    lines = []
    if network.method is NetworkMethod.STATIC:
        lines.append(_("Fixed address: {address}").format(address=network.address))
    if network.proxy is not None:
        lines.append(_("Proxy: {proxy}").format(proxy=network.proxy))
    return tuple(lines)


def connecting_words(network: Network) -> str:
    """While it is tried."""
    if network.ssid is None:
        return _("Setting the address ...")
    return _("Connecting to {name} ... (this takes up to a minute)").format(
        name=printable(network.ssid)
    )


def connected_words(network: Network) -> str:
    """It has worked."""
    if network.ssid is None:
        return _("The network is set.")
    return _("Connected to {name}.").format(name=printable(network.ssid))


def failure_words(error: InstallError) -> str:
    """Why it has not."""
    return printable(" ".join(filter(None, (error.what, error.way_out))))


def _no_network() -> str:
    return _(
        "No network is connected. AtomOS can still be installed from this medium or from a volume."
    )


def _state_of(device: Device) -> str:
    match device.state:
        case DeviceState.CONNECTED if device.addresses:
            return _("connected, {address}").format(address=device.addresses[0].partition("/")[0])
        case DeviceState.CONNECTED | DeviceState.CONNECTING:
            return _("connecting ...")
        case DeviceState.UNAVAILABLE if device.kind is DeviceKind.WIRED:
            return _("no cable")
        case DeviceState.UNAVAILABLE:
            return _("switched off")
        case DeviceState.DISCONNECTED:
            return _("not connected")
