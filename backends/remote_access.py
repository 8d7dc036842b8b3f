"""Whether somebody can install from another machine, and how."""

import ipaddress
import socket
from pathlib import Path
from typing import Final

from installer.remote_access import RemoteAccess
from installer.secret import Secret

PASSWORD: Final = Path("/run/atomos/remote/password")
"""Written by live/medium/usr/lib/atomos/live/remote-access, for root alone."""


def remote_access(password: Path = PASSWORD) -> RemoteAccess | None:
    """None where no password was drawn, without the right to read it, or without an address."""
    try:
        letters = password.read_text(encoding="ascii").strip()
    except OSError:
        return None
    address = own_address()
    return RemoteAccess(address=address, password=Secret(letters)) if address else None


def own_address() -> str:
    """An address of this machine that others reach it at: IPv4 first, since it is shorter to type;
    empty when there is none."""
    import psutil  # a start without a network to look at does not wait for it

    stats = psutil.net_if_stats()
    found = [
        ipaddress.ip_address(each.address.partition("%")[0])
        for name, addresses in psutil.net_if_addrs().items()
        if name in stats and stats[name].isup
        for each in addresses
        if each.family in (socket.AF_INET, socket.AF_INET6)
    ]
    usable = [each for each in found if not each.is_loopback and not each.is_link_local]
    return str(min(usable, key=lambda each: each.version)) if usable else ""
