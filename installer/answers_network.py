"""What the keys below `network` ask of each other, beyond what each of them may be."""

import ipaddress
from collections.abc import Iterator
from typing import Final

from installer.answers_connection import NetworkMethod, WifiSecurity
from installer.answers_yaml import Document
from installer.errors import AnswersError
from installer.text import _

OF_STATIC: Final = ("address", "gateway", "dns")
OF_WIFI: Final = ("hidden", "security", "passphrase_file")


def network_errors(
    document: Document, network: object, *, incomplete: bool
) -> Iterator[AnswersError]:
    """Of keys that are well formed by themselves; `incomplete`: a missing secret is asked for."""
    if not isinstance(network, dict):
        return
    if network.get("method", NetworkMethod.DHCP) == NetworkMethod.STATIC:
        if "address" not in network:
            yield document.value_place(("network", "method")).error(
                _("method 'static' has no 'address'"), _("add it, for example 192.0.2.7/24")
            )
        yield from _family_errors(document, network)
    else:
        yield from _needless(document, network, OF_STATIC, "method: static")
    if "ssid" not in network:
        yield from _needless(document, network, OF_WIFI, "ssid")
        return
    is_open = network.get("security") == WifiSecurity.OPEN
    if is_open and "passphrase_file" in network:
        yield document.key_place(("network", "passphrase_file")).error(
            _("an open Wi-Fi network has no passphrase"), _("leave it out")
        )
    if not is_open and "passphrase_file" not in network and not incomplete:
        yield document.value_place(("network", "ssid")).error(
            _("the Wi-Fi network has no 'passphrase_file'"),
            _("add it, or write 'security: open'"),
        )


def _needless(
    document: Document, network: dict[str, object], names: tuple[str, ...], wanted: str
) -> Iterator[AnswersError]:
    for name in names:
        if name in network:
            yield document.key_place(("network", name)).error(
                _("{key} is of no use without '{wanted}'").format(key=repr(name), wanted=wanted),
                _("add that, or leave it out"),
            )


def _family_errors(document: Document, network: dict[str, object]) -> Iterator[AnswersError]:
    """Gateway and name servers have to be of the address's family."""
    version = _version(network.get("address"))
    dns = network.get("dns")
    servers = (
        [(("network", "dns", at), each) for at, each in enumerate(dns)]
        if isinstance(dns, list)
        else []
    )
    for path, value in ((("network", "gateway"), network.get("gateway")), *servers):
        if version and _version(value) not in (None, version):
            yield document.value_place(path).error(
                _("{value} and the address are not of the same family").format(value=value),
                _("write both as IPv4, or both as IPv6"),
            )


def _version(text: object) -> int | None:
    try:
        return ipaddress.ip_interface(text).version if isinstance(text, str) else None
    except ValueError:
        return None
