"""What a text in the answers may look like. Screens may ask the same rules while a person types.

Patterns use only what Python and ECMA 262 (JSON Schema) read alike, and match the whole text.
"""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from installer.names import full_name_problem, host_name_problem, user_name_problem
from installer.quantity import parse_size
from installer.text import N_, _
from installer.wifi_names import ssid_problem


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A pattern, and the words for a text that does not match it."""

    pattern: str
    what: str
    """One sentence; ``{value}`` stands for the text where it may be repeated. Secrets, and texts
    in which a person may have put one by mistake, have no such place."""
    right: str
    problem: Callable[[str], str | None] | None = None
    """What is wrong beyond the pattern: the words that a screen would say, or None."""

    def allows(self, text: str) -> bool:
        """Whether `text` is as it should be."""
        if re.fullmatch(self.pattern, text) is None:
            return False
        return self.problem is None or self.problem(text) is None


def _size_problem(text: str) -> str | None:
    try:
        parse_size(text)
    except ValueError as error:
        return str(error)
    return None


def _certificates_problem(text: str) -> str | None:
    import ssl

    if "PRIVATE KEY" in text:
        return _("a private key is in it")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=text)
    except (ssl.SSLError, ValueError) as error:
        return str(error)
    return None


def _address_problem(text: str) -> str | None:
    try:
        ipaddress.ip_interface(text)
    except ValueError as error:
        return str(error)
    return None


_NAME: Final = "[a-z_][a-z0-9_-]{0,31}"
_LABEL: Final = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_TEXT: Final = r"[^\x00-\x1f\x7f-\x9f]+"
_KEY_TYPES: Final = (
    "ssh-ed25519",
    "ssh-rsa",
    "ecdsa-sha2-nistp(?:256|384|521)",
    r"sk-ssh-ed25519@openssh\.com",
    r"sk-ecdsa-sha2-nistp256@openssh\.com",
)

DISK_PATH: Final = Rule(
    pattern="/dev/[!-~]+",
    what=N_("{value} is not a device node"),
    right=N_("write for example /dev/sda"),
)
DISK_ID: Final = Rule(
    pattern="[!-.0-~]+",
    what=N_("{value} is not the name of a link in /dev/disk/by-id"),
    right=N_("write the name alone, without the folder"),
)
PLAIN_TEXT: Final = Rule(
    pattern=_TEXT,
    what=N_("{value} is empty or has control characters"),
    right=N_("write it on one line, as the disk reports it"),
)
URL: Final = Rule(
    # No query: names of files are put behind the address, and a token in it would be shown.
    pattern=(
        r"(?:(?:https?://[^\s/?#@]+|medium:|volume:[^\s/?#]+)(?:/[^\s?#]*)?"
        r"|file:///[^\s?#]*)"
    ),
    what=N_("the url is not one that a release can be read from"),
    right=N_(
        "write http://, https://, file:///, medium:/FOLDER or volume:LABEL/FOLDER, without blanks,"
        " user name or password, and without ? and #"
    ),
)
SOURCE: Final = Rule(
    pattern=f"(?:{URL.pattern}|slot:)",
    what=URL.what,
    right=URL.right,
)
"""What a release is read from first; of the system that is on a disk there are no mirrors."""
PROXY: Final = Rule(
    pattern=r"https?://[^\s/?#@]+/?",
    what=N_("the proxy is not an address of one"),
    right=N_("write for example http://proxy.example.org:3128, without user name or password"),
)
CERTIFICATES: Final = Rule(
    pattern=(
        r"(?=[\s\S]{1,65536}$)[^\x00]*-----BEGIN CERTIFICATE-----[^\x00]+"
        r"-----END CERTIFICATE-----[^\x00]*"
    ),
    what=N_("this is no certificate in PEM, or more than 64 KiB of them"),
    right=N_("write it whole, from BEGIN CERTIFICATE to END CERTIFICATE"),
    problem=_certificates_problem,
)
RELEASE_VERSION: Final = Rule(
    pattern="[A-Za-z0-9][A-Za-z0-9.~^+-]*",
    what=N_("{value} is not a version"),
    right=N_("write for example 1.2, in quotes"),
)
USER_NAME: Final = Rule(
    pattern=f"(?!root$){_NAME}",
    what=N_("{value} cannot be the name of the user"),
    right=N_(
        "write up to 32 of a-z, 0-9, _ and -, beginning with a letter or _, but no name that the"
        " system uses itself, such as root"
    ),
    problem=user_name_problem,
)
GROUP_NAME: Final = Rule(
    pattern=_NAME,
    what=N_("{value} cannot be the name of a group"),
    right=N_("write up to 32 of a-z, 0-9, _ and -, beginning with a letter or _"),
)
FULL_NAME: Final = Rule(
    pattern=r"[^:,=\\\x00-\x1f\x7f-\x9f]*",
    what=N_("{value} cannot be a full name"),
    right=N_("leave out : , = \\ and control characters"),
    problem=full_name_problem,
)
PASSWORD_HASH: Final = Rule(
    # crypt(5), "yescrypt" and "sha512crypt", in full: a hash cut short in copying makes an
    # account that nobody can ever log into.
    pattern=(
        r"(?:\$y\$[./A-Za-z0-9]+\$[./A-Za-z0-9]{0,86}\$[./A-Za-z0-9]{43}"
        r"|\$6\$(?:rounds=[1-9][0-9]{0,8}\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{86})"
    ),
    what=N_("this is not a whole yescrypt ($y$) or SHA-512 ($6$) password hash"),
    right=N_("write what 'mkpasswd' or 'openssl passwd -6' prints, in single quotes"),
)
FILE_NAME: Final = Rule(
    pattern=_TEXT,
    what=N_("{value} is not the name of a file"),
    right=N_("write a path"),
)
SSH_KEY: Final = Rule(
    # Options before the type as in sshd(8): words without blanks, but for those in quotes.
    pattern=(
        r'(?:(?!ssh-|ecdsa-|sk-)(?:[^\s"]|"[^"\x00-\x1f]*")+ +)?'
        rf"(?:{'|'.join(_KEY_TYPES)}) +AAAA[A-Za-z0-9+/]+={{0,2}}(?: [^\x00-\x1f\x7f-\x9f]*)?"
    ),
    what=N_("this is not a public ssh key"),
    right=N_("write one line as in id_ed25519.pub, of type ssh-ed25519, ecdsa, sk or ssh-rsa"),
)
HOST_NAME: Final = Rule(
    pattern=rf"(?=.{{1,63}}$){_LABEL}(?:\.{_LABEL})*",
    what=N_("{value} is not a host name"),
    right=N_("write up to 63 of a-z, 0-9 and -, neither beginning nor ending with -"),
    problem=host_name_problem,
)
FLAKE: Final = Rule(
    # It stands in a file for root and the user: no place for a password.
    pattern=r"(?!\S+://[^/\s]*:[^/\s]*@)[a-z][a-z0-9+]*:[!-~]+",
    what=N_("the flake is not an address of one"),
    right=N_(
        "write for example github:ada/home or git+https://example.org/home, without blanks and"
        " passwords"
    ),
)
FLATPAK: Final = Rule(
    # As flatpak has it: three parts or more, of which the last alone may have a hyphen.
    pattern=r"(?=.{5,255}$)(?:[A-Za-z_][A-Za-z0-9_]*\.){2,}[A-Za-z_][A-Za-z0-9_-]*",
    what=N_("{value} is not the name of an application"),
    right=N_("write for example org.mozilla.firefox"),
)
FLATPAK_REMOTE: Final = Rule(
    pattern=r"https?://[^\s/?#@]+/(?:[^\s?#]*/)?[a-z][a-z0-9-]*\.flatpakrepo",
    what=N_("this is not the address of a .flatpakrepo file"),
    right=N_("write for example https://dl.flathub.org/repo/flathub.flatpakrepo"),
)
KERNEL_ARGUMENT: Final = Rule(
    # Printable ASCII without blanks and what a GRUB script reads: quotes, backslash, dollar.
    pattern=r"[!#%&(-\[\]-_a-~]+",
    what=N_("{value} is not one kernel argument"),
    right=N_("write each one by itself, without blanks, quotes, \\ and $"),
)
LOCALE: Final = Rule(
    pattern="[A-Za-z][A-Za-z0-9_.@-]*",
    what=N_("{value} is not a locale"),
    right=N_("write for example en_US.UTF-8"),
)
KEYMAP: Final = Rule(
    pattern="[A-Za-z][A-Za-z0-9_-]*",
    what=N_("{value} is not a keyboard layout"),
    right=N_("write for example us or de"),
)
TIMEZONE: Final = Rule(
    pattern="[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*",
    what=N_("{value} is not a time zone"),
    right=N_("write for example Europe/Berlin"),
)
SIZE: Final = Rule(
    pattern=r"[0-9]{1,15}(?:\.[0-9]{1,15})? ?(?:[KMGT]iB|B)",
    what=N_("{value} is not a size"),
    right=N_("write for example 3 GiB or 2560 MiB"),
    problem=_size_problem,
)
INTERFACE: Final = Rule(
    pattern=r"(?!\.{1,2}$)[!#-.0-9;-\[\]-~]{1,15}",
    what=N_("{value} is not the name of a network interface"),
    right=N_("write for example eth0"),
)
ADDRESS: Final = Rule(
    pattern="[0-9A-Fa-f:.]+/[0-9]{1,3}",
    what=N_("{value} is not an address with the length of its prefix"),
    right=N_("write for example 192.0.2.7/24"),
    problem=_address_problem,
)
HOST_ADDRESS: Final = Rule(
    pattern="[0-9A-Fa-f:.]+",
    what=N_("{value} is not an address"),
    right=N_("write for example 192.0.2.1"),
    problem=_address_problem,
)
SSID: Final = Rule(
    pattern=r"[^\x00-\x1f\x7f-\x9f]{1,32}",
    what=N_("{value} cannot be the name of a Wi-Fi network"),
    right=N_("write its name as it is shown, of 32 bytes at the most"),
    problem=ssid_problem,
)
