"""How the installed system reaches the network, as the live one did."""

from dataclasses import dataclass
from typing import ClassVar

from installer.answers_connection import Network, NetworkMethod
from installer.operation import Context
from installer.operations.installed_tree import InInstalledTree
from installer.text import _


@dataclass(frozen=True, kw_only=True)
class SetNetwork(InInstalledTree):
    """Writes the connection for NetworkManager, and the proxy for programs."""

    id: ClassVar[str] = "network"
    needs: ClassVar[tuple[str, ...]] = ("system-tree",)
    network: Network

    def sentence(self) -> str:
        """See Operation."""
        return _("Set the network: {what}").format(what=", ".join(network_words(self.network)))

    def apply(self, context: Context) -> None:
        """See Operation."""
        context.machinery.system.set_network(slot=self.slot, data=self.data, network=self.network)

    def verify(self, context: Context) -> None:
        """Look at what was written, its owner and mode included."""
        context.machinery.system.verify_network(
            slot=self.slot, data=self.data, network=self.network
        )


def network_words(network: Network) -> tuple[str, ...]:
    """What it asks for, each in a few words."""
    words = []
    if network.ssid is not None:
        words.append(_("Wi-Fi {name}").format(name=network.ssid))
    if network.method is NetworkMethod.STATIC:
        words.append(_("address {address}").format(address=network.address))
    elif network.interface is not None:
        words.append(_("DHCP on {interface}").format(interface=network.interface))
    if network.proxy is not None:
        words.append(_("proxy {proxy}").format(proxy=network.proxy))
    return tuple(words)
