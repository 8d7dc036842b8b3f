"""A connection as NetworkManager keeps it: the keyfile that the answers ask for. Pure.

The same file is loaded into the live system and written into the installed one
(nm-settings-keyfile(5)).
"""

import ipaddress
import re
import uuid
from dataclasses import dataclass
from typing import Final

from installer.answers_connection import Network, NetworkMethod, WifiSecurity
from installer.secret import Secret

FILE_NAME: Final = "atomos.nmconnection"
"""One file: what the answers ask for is one connection."""
_NAMESPACE: Final = uuid.UUID("7b2a3c86-6f0e-4b0c-9f5e-1d0a54f0c3d1")
_WIRED_NAME: Final = "Wired"
_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_KEY_MANAGEMENT: Final = {WifiSecurity.WPA2: "wpa-psk", WifiSecurity.WPA3: "sae"}
"""NetworkManager offers SAE beside WPA2 by itself where it is `wpa-psk`."""


@dataclass(frozen=True, kw_only=True)
class Connection:
    """A profile: its id, by which it is brought up, and the file's text."""

    uuid: str
    text: Secret
    """The passphrase is in it."""


def connection_of(network: Network) -> Connection | None:
    """The profile that `network` asks for; None where NetworkManager does by itself what it says.

    The same network has the same id, so that a second try replaces the first.
    """
    static = network.method is NetworkMethod.STATIC
    if network.ssid is None and network.interface is None and not static:
        return None
    name = network.ssid if network.ssid is not None else _WIRED_NAME
    kind = "wifi" if network.ssid is not None else "ethernet"
    id = str(uuid.uuid5(_NAMESPACE, f"{kind}/{name}/{network.interface or ''}"))
    sections = [
        {
            "": "connection",
            "id": _escaped(name),
            "uuid": id,
            "type": kind,
            **({"interface-name": _escaped(network.interface)} if network.interface else {}),
        },
        *_wifi(network),
        *_addresses(network),
    ]
    text = "\n".join(_section(each) for each in sections)
    return Connection(uuid=id, text=Secret(text))


def _wifi(network: Network) -> list[dict[str, str]]:
    if network.ssid is None:
        return []
    wifi = {"": "wifi", "mode": "infrastructure", "ssid": _ssid(network.ssid)}
    if network.hidden:
        wifi["hidden"] = "true"
    if network.security is WifiSecurity.OPEN:
        return [wifi]
    passphrase = network.passphrase.reveal() if network.passphrase is not None else ""
    return [
        wifi,
        {
            "": "wifi-security",
            "key-mgmt": _KEY_MANAGEMENT[network.security],
            "psk": _escaped(passphrase),
        },
    ]


def _addresses(network: Network) -> list[dict[str, str]]:
    automatic = [{"": family, "method": "auto"} for family in ("ipv4", "ipv6")]
    if network.method is NetworkMethod.DHCP or network.address is None:
        return automatic
    version = ipaddress.ip_interface(network.address).version
    gateway = f",{network.gateway}" if network.gateway else ""
    fixed = {"": f"ipv{version}", "method": "manual", "address1": f"{network.address}{gateway}"}
    if network.dns:
        fixed["dns"] = "".join(f"{each};" for each in network.dns)
    return [fixed if each[""] == fixed[""] else each for each in automatic]


def _section(section: dict[str, str]) -> str:
    lines = [f"{key}={value}\n" for key, value in section.items() if key]
    return f"[{section['']}]\n" + "".join(lines)


def _ssid(ssid: str) -> str:
    """The name itself where nothing in it has a meaning in keyfiles, or else its bytes."""
    if _PLAIN.fullmatch(ssid):
        return ssid
    return "".join(f"{byte};" for byte in ssid.encode())


def _escaped(text: str) -> str:
    """A value as GKeyFile reads it: blanks at its ends are lost, and ``\\`` begins an escape."""
    escaped = text.replace("\\", "\\\\")
    body = escaped.strip(" ")
    if not body:
        return "\\s" * len(escaped)
    before = len(escaped) - len(escaped.lstrip(" "))
    after = len(escaped) - len(escaped.rstrip(" "))
    return "\\s" * before + body + "\\s" * after
