"""What a person types about a network, what is wrong with it, and what it comes to. Pure."""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from installer import answers_rules as rules
from installer.answers_connection import Network, NetworkMethod, WifiSecurity
from installer.answers_rules import Rule
from installer.networks import Device, DeviceKind
from installer.text import N_, _
from installer.wifi_names import ssid_problem, wifi_passphrase_problem


class NetworkEntry(StrEnum):
    """One thing that is typed."""

    SSID = "ssid"
    WIFI_PASSPHRASE = "wifi_passphrase"
    ADDRESS = "address"
    GATEWAY = "gateway"
    DNS = "dns"
    INTERFACE = "interface"
    PROXY = "proxy"


LABELS: Final = {
    NetworkEntry.SSID: N_("Name"),
    NetworkEntry.WIFI_PASSPHRASE: N_("Wi-Fi passphrase"),
    NetworkEntry.ADDRESS: N_("Address"),
    NetworkEntry.GATEWAY: N_("Gateway"),
    NetworkEntry.DNS: N_("Name servers"),
    NetworkEntry.INTERFACE: N_("Interface"),
    NetworkEntry.PROXY: N_("Proxy"),
}
HINTS: Final = {
    NetworkEntry.ADDRESS: N_("empty: by DHCP"),
    NetworkEntry.INTERFACE: N_("empty: any"),
    NetworkEntry.PROXY: N_("empty: none"),
}


@dataclass(frozen=True, kw_only=True)
class NetworkProblem:
    """What is wrong with one entry, in words for a person."""

    entry: NetworkEntry
    what: str


@dataclass(frozen=True, kw_only=True)
class Addressing:
    """What is typed about addresses, as it is typed but for blanks around it."""

    address: str = ""
    gateway: str = ""
    dns: str = ""
    interface: str = ""
    proxy: str = ""

    @classmethod
    def of(cls, network: Network) -> "Addressing":
        """As it is now."""
        return cls(
            address=network.address or "",
            gateway=network.gateway or "",
            dns=" ".join(network.dns),
            interface=network.interface or "",
            proxy=network.proxy or "",
        )

    def for_one_of(self, devices: tuple[Device, ...], *, wifi: bool) -> "Addressing":
        """With the interface that an address is most likely for; one for `wifi` needs none."""
        wired = [each.name for each in devices if each.kind is DeviceKind.WIRED]
        if self.interface or wifi or not wired:
            return self
        return replace(self, interface=wired[0])

    def on(self, network: Network) -> Network:
        """`network` with that, where nothing is wrong with it."""
        static = bool(self.address)
        return replace(
            network,
            method=NetworkMethod.STATIC if static else NetworkMethod.DHCP,
            address=self.address or None,
            gateway=(self.gateway or None) if static else None,
            dns=tuple(_servers(self.dns)) if static else (),
            interface=(self.interface or None) if static else None,
            proxy=self.proxy or None,
        )


def wifi_problems(network: Network) -> tuple[NetworkProblem, ...]:
    """All that is wrong with a wireless network before it is tried."""
    found = {NetworkEntry.SSID: ssid_problem(network.ssid or "")}
    if network.security is not WifiSecurity.OPEN:
        passphrase = network.passphrase.reveal() if network.passphrase is not None else ""
        found[NetworkEntry.WIFI_PASSPHRASE] = wifi_passphrase_problem(passphrase)
    return tuple(NetworkProblem(entry=entry, what=what) for entry, what in found.items() if what)


def addressing_problems(typed: Addressing) -> tuple[NetworkProblem, ...]:
    """All that is wrong with it."""
    return tuple(_addressing_problems(typed))


def _addressing_problems(typed: Addressing) -> Iterator[NetworkProblem]:
    texts = (
        (NetworkEntry.ADDRESS, rules.ADDRESS, [typed.address]),
        (NetworkEntry.GATEWAY, rules.HOST_ADDRESS, [typed.gateway]),
        (NetworkEntry.DNS, rules.HOST_ADDRESS, _servers(typed.dns)),
        (NetworkEntry.INTERFACE, rules.INTERFACE, [typed.interface]),
        (NetworkEntry.PROXY, rules.PROXY, [typed.proxy]),
    )
    version = _version(typed.address)
    for entry, rule, values in texts:
        given = [each for each in values if each]
        wrong = next((each for each in given if not rule.allows(each)), None)
        if wrong is not None:
            yield NetworkProblem(entry=entry, what=_broken(rule, wrong))
        elif entry in (NetworkEntry.GATEWAY, NetworkEntry.DNS) and given:
            if not typed.address:
                yield NetworkProblem(entry=entry, what=_("It belongs to a fixed address."))
            elif version and any(_version(each) != version for each in given):
                yield NetworkProblem(
                    entry=entry, what=_("Take IPv4 for all, or IPv6 for all of them.")
                )


def _broken(rule: Rule, value: str) -> str:
    what = _(rule.what).format(value=value)
    return _("{what}: {right}.").format(what=what[:1].upper() + what[1:], right=_(rule.right))


def _servers(text: str) -> list[str]:
    return text.replace(",", " ").split()


def _version(text: str) -> int | None:
    try:
        return ipaddress.ip_interface(text).version
    except ValueError:
        return None
