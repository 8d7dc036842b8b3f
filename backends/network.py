"""The networks of this machine, by NetworkManager (nmcli(1))."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from backends.network_output import devices_of, wifi_of
from backends.runner import Runner
from backends.whole_file import put_bytes
from installer.answers_connection import Network
from installer.connection import connection_of
from installer.errors import InstallError, ToolFailed
from installer.networks import DeviceKind, NetworkState, WrongWifiPassphrase
from installer.secret import Secret
from installer.text import N_, _

CONNECTIONS: Final = Path("/run/NetworkManager/system-connections")
"""Profiles that are gone when the machine is switched off."""
_PROFILE: Final = "atomos-{uuid}.nmconnection"
_LOOK_SECONDS: Final = 20.0
_SCAN_SECONDS: Final = 30.0
CONNECT_SECONDS: Final = 60
"""DHCP alone may take 45 (ipv4.dhcp-timeout)."""
_ADDRESS_SECONDS: Final = 45.0
"""As long as NetworkManager tries DHCP (ipv4.dhcp-timeout)."""
_PULSE_SECONDS: Final = 0.5
_NO_ADDRESS: Final = N_("The network gives no address (DHCP).")
_WORDS: Final = (
    ("not running", N_("NetworkManager is not running.")),
    ("Could not create NMClient", N_("NetworkManager is not running.")),
    ("IP configuration could not be reserved", _NO_ADDRESS),
    ("network could not be found", N_("No network of that name is in range.")),
    ("No suitable device", N_("This machine has no device for it.")),
    ("not available", N_("This machine has no device for it.")),
    ("took too long to authenticate", N_("The network does not answer: it may be out of range.")),
    ("Timeout expired", N_("The network does not answer: it may be out of range.")),
)
"""What nmcli says → what that is. The first that fits counts."""
_OF_A_WRONG_PASSPHRASE: Final = ("Secrets were required", "supplicant disconnected")
""""802.1X supplicant disconnected" is how SAE says it."""


class NetworkManager:
    """See Networks."""

    def __init__(self, runner: Runner, connections: Path = CONNECTIONS) -> None:
        self._runner = runner
        self._connections = connections

    def look(self, *, rescan: bool = False) -> NetworkState:
        """See Networks."""
        fields = "GENERAL.DEVICE,GENERAL.TYPE,GENERAL.STATE,IP4.ADDRESS,IP6.ADDRESS"
        shown = self._nmcli(["--fields", fields, "device", "show"])
        devices = devices_of(shown)
        seen = NetworkState(devices=devices)
        if not seen.has_wifi:
            return seen
        wish = "yes" if rescan else "no"
        fields = "IN-USE,SSID-HEX,SIGNAL,SECURITY"
        heard = self._nmcli(
            ["--fields", fields, "device", "wifi", "list", "--rescan", wish],
            seconds=_SCAN_SECONDS,
        )
        return NetworkState(devices=devices, wifi=wifi_of(heard))

    def connect(self, network: Network) -> None:
        """See Networks. The passphrase goes by a file in memory, for root alone."""
        connection = connection_of(network)
        if connection is None:
            self._forget(self._own())
            return
        path = self._connections / _PROFILE.format(uuid=connection.uuid)
        self._put(path, connection.text)
        try:
            self._nmcli(["connection", "load", str(path)])
            self._nmcli(
                ["--wait", str(CONNECT_SECONDS), "connection", "up", "uuid", connection.uuid],
                seconds=CONNECT_SECONDS + 10.0,
            )
            self._wait_for_address(network)
        except InstallError:
            # It would be tried again and again, with the passphrase that is wrong.
            self._forget([path])
            raise

    def _wait_for_address(self, network: Network) -> None:
        """A connection counts as up when either family is, and that of IPv6 may have nothing but an
        address of the link by then; IPv4's came up to a second later. Who wants to fetch waits."""
        kind = DeviceKind.WIRED if network.ssid is None else DeviceKind.WIFI
        deadline = time.monotonic() + _ADDRESS_SECONDS
        while time.monotonic() < deadline:
            found = [each for each in self.look().connected if each.kind is kind]
            if any(network.interface in (None, each.name) for each in found):
                return
            time.sleep(_PULSE_SECONDS)
        raise InstallError(_(_NO_ADDRESS), way_out=_("Try it again."))

    def _put(self, path: Path, text: Secret) -> None:
        try:
            path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            put_bytes(path, text.reveal().encode(), mode=0o600)
        except OSError as error:
            raise InstallError(
                _("{path} cannot be written: {reason}.").format(
                    path=path, reason=error.strerror or str(error)
                )
            ) from None

    def _own(self) -> list[Path]:
        return list(self._connections.glob(_PROFILE.format(uuid="*")))

    def _forget(self, paths: Sequence[Path]) -> None:
        """NetworkManager ends what these profiles have connected, and does then as without them."""
        for path in paths:
            path.unlink(missing_ok=True)
        if paths:
            self._nmcli(["connection", "reload"])

    def _nmcli(self, words: Sequence[str], seconds: float = _LOOK_SECONDS) -> str:
        argv = ["nmcli", "--terse", "--escape", "yes", "--colors", "no", *words]
        try:
            return self._runner.run(argv, timeout=seconds).stdout
        except ToolFailed as error:
            raise in_words(error) from None


def in_words(error: ToolFailed) -> InstallError:
    """What a failure of nmcli means: what failed, in its own words too, and what to do."""
    if any(said in error.tool_words for said in _OF_A_WRONG_PASSPHRASE):
        return WrongWifiPassphrase(
            _("The passphrase is wrong."),
            tool_words=error.tool_words,
            way_out=_("Type it again."),
        )
    what = next(
        (_(words) for said, words in _WORDS if said in error.tool_words),
        _("NetworkManager could not do it."),
    )
    return InstallError(what, tool_words=error.tool_words or str(error), way_out=_("Try it again."))
