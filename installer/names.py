"""What a login name, a host name, a full name and a password may be.

Each function answers with what is wrong, in words for a person, or None.
"""

import re
import unicodedata
from typing import Final

from installer.text import _

USER_NAME_MAXIMUM: Final = 32
"""Characters; useradd(8) of shadow-utils takes no more."""
HOST_NAME_MAXIMUM: Final = 63
"""Characters in total: HOST_NAME_MAX of Linux is 64, DHCP and mDNS stop at one label of 63."""

_USER_NAME: Final = re.compile(r"[a-z_][a-z0-9_-]*")
_LABEL: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?")

_SYSTEM_NAMES_TEXT: Final = """
_apt abuild adm at audio avahi backup bin bluetooth cdrom chrony colord console cron
crontab daemon dhcpcd dialout dip disk dnsmasq fax floppy ftp games gdm guest halt input
irc kmem kvm lightdm list lldpd lp lpadmin mail man messagebus named netdev news nix-users
nixbld nm-openvpn nobody nogroup ntp operator plugdev polkitd postgres postmaster proxy
readproc render root rtkit saned sasl sddm sgx shadow shutdown smmsp squid src sshd staff
sudo svn sync sys tape tss tty usbmux users utmp uucp video voice wheel www-data xfs
"""
SYSTEM_NAMES: Final = frozenset(_SYSTEM_NAMES_TEXT.split())
"""Users and groups of Debian 13's base-passwd, alpine-baselayout 3.23 and usual packages.

A user gets a group of the same name, so that a group's name is taken too.
"""
_SYSTEM_PREFIXES: Final = ("systemd-", "nixbld", "debian-")


def user_name_problem(text: str) -> str | None:
    """What is wrong with a login name. Rule: ``^[a-z_][a-z0-9_-]{0,31}$``, and not taken."""
    if not text:
        return _("Type a login name.")
    if len(text) > USER_NAME_MAXIMUM:
        return _("A login name has at most {count} characters.").format(count=USER_NAME_MAXIMUM)
    if not _USER_NAME.fullmatch(text):
        return _("Use a-z, 0-9, - and _, beginning with a letter or _.")
    if text in SYSTEM_NAMES or text.startswith(_SYSTEM_PREFIXES):
        return _("The system itself uses the name {name}; choose another.").format(name=text)
    return None


def host_name_problem(text: str) -> str | None:
    """What is wrong with a host name. Rule: RFC 1123 labels joined by dots, 63 in total."""
    if not text:
        return _("Type a host name.")
    if len(text) > HOST_NAME_MAXIMUM:
        return _("A host name has at most {count} characters.").format(count=HOST_NAME_MAXIMUM)
    if not all(_LABEL.fullmatch(label) for label in text.split(".")):
        return _("Use letters, digits and -, with no - at either end.")
    return None


def full_name_problem(text: str) -> str | None:
    """What is wrong with a full name: passwd(5) parts its fields by colons, chfn(1) by commas."""
    if any(mark in text for mark in ":,=\\") or _has_control(text):
        return _("Leave out : , = and \\ here.")
    return None


def password_problem(text: str) -> str | None:
    """What is wrong with a password: chpasswd(8) reads lines, so it is one, and not empty."""
    if not text:
        return _("Type a password.")
    if _has_control(text):
        return _("A password has no control characters.")
    return None


def _has_control(text: str) -> bool:
    return any(unicodedata.category(character) == "Cc" for character in text)
