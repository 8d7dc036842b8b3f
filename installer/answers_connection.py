"""Answers: how the machine reaches the network."""

from dataclasses import dataclass, field
from enum import StrEnum

from installer import answers_rules as rules
from installer.answers_metadata import doc
from installer.secret import Secret


class NetworkMethod(StrEnum):
    """How the machine gets its address."""

    DHCP = "dhcp"
    STATIC = "static"


class WifiSecurity(StrEnum):
    """How a wireless network is protected."""

    WPA2 = "wpa2"
    """A passphrase; where the network can do WPA3 as well, NetworkManager takes that."""
    WPA3 = "wpa3"
    """A passphrase, and nothing older than WPA3 (SAE)."""
    OPEN = "open"


@dataclass(frozen=True, kw_only=True)
class Network:
    """How the live and the installed system reach the network."""

    method: NetworkMethod = field(
        default=NetworkMethod.DHCP, metadata=doc("`dhcp` or `static`.", example="dhcp")
    )
    interface: str | None = field(
        default=None,
        metadata=doc(
            "Interface that it is for; any that fits when absent.",
            example="eth0",
            rule=rules.INTERFACE,
        ),
    )
    address: str | None = field(
        default=None,
        metadata=doc(
            "Address and length of the prefix for `static`.",
            example="192.0.2.7/24",
            rule=rules.ADDRESS,
        ),
    )
    gateway: str | None = field(
        default=None,
        metadata=doc("Gateway for `static`.", example="192.0.2.1", rule=rules.HOST_ADDRESS),
    )
    dns: tuple[str, ...] = field(
        default=(),
        metadata=doc("Name servers for `static`.", example=["192.0.2.53"], rule=rules.HOST_ADDRESS),
    )
    ssid: str | None = field(
        default=None,
        metadata=doc("Name of a Wi-Fi network to join.", example="Home", rule=rules.SSID),
    )
    hidden: bool = field(
        default=False,
        metadata=doc("The Wi-Fi network does not tell its name by itself.", example=False),
    )
    security: WifiSecurity = field(
        default=WifiSecurity.WPA2,
        metadata=doc("`wpa2` (or WPA2 and WPA3 alike), `wpa3` alone, or `open`.", example="wpa2"),
    )
    passphrase_file: str | None = field(
        default=None,
        metadata=doc(
            "File whose only line is the passphrase of the Wi-Fi network; relative to the answers"
            " file.",
            example="wifi-passphrase",
            rule=rules.FILE_NAME,
        ),
    )
    passphrase: Secret | None = field(
        default=None,
        metadata=doc("That passphrase itself, as typed on a screen.", in_file=False),
    )
    proxy: str | None = field(
        default=None,
        metadata=doc(
            "Proxy for http and https, while installing and in the installed system.",
            example="http://proxy.example.org:3128",
            rule=rules.PROXY,
        ),
    )
