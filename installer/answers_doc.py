"""Writes ``docs/answers.md`` from the answers dataclasses: ``python -m installer.answers_doc``."""

import json
from pathlib import Path
from typing import Final

from installer.answers import Answers
from installer.answers_keys import Key, Kind, exactly_one, keys_of
from installer.keyed_file import NO_TEXT

PAGE: Final = Path(__file__).parent.parent / "docs" / "answers.md"

MINIMAL: Final = """\
version: 1
disk:
  only: true
wipe: true
source:
  url: https://example.org/atomos
user:
  name: ada
  password_file: password
"""

_HASH: Final = (
    "$6$atomosexample$lmBZqgMncm4ylrRJUlkIr3VnLyeljIaM5V3K1yEGD8Hk"
    "y.Uwv6ePT7fmIYZ9.gMgUDdEebP2teIBK6aIcFTMU/"
)
FULL: Final = f"""\
version: 1
disk:
  serial: "S4EWNX0R123456"
wipe: true
reinstall: false
keep: nothing
firmware: any
layout: encrypted
passphrase_file: passphrase
header_backup: /dev/sdb1
recovery: true
slot_size: 3 GiB
source:
  url: https://example.org/atomos
  mirrors:
    - https://mirror.example.org/atomos
  version: "1.2"
  allow_unsigned: false
  allow_older: true
  proxy: http://proxy.example.org:3128
  ca_file: our-ca.pem
user:
  name: ada
  full_name: Ada Lovelace
  # The password of this example is "change me".
  password_hash: '{_HASH}'
  groups: [video, audio]
  ssh_keys:
    - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGdKQbQDYFrOQVxX9cWGqCXDvSBwbGHhDGNqeXr5n0vm ada@home
hostname: workshop-7
network:
  method: static
  interface: wlan0
  address: 192.0.2.7/24
  gateway: 192.0.2.1
  dns: [192.0.2.53]
  ssid: Workshop
  hidden: false
  security: wpa2
  passphrase_file: wifi-passphrase
  proxy: http://proxy.example.org:3128
kernel_arguments:
  - mitigations=auto
locale: en_US.UTF-8
keymap: us
timezone: Europe/Berlin
software:
  home_manager: deferred
  home_flake: github:ada/home
  flatpaks: [org.mozilla.firefox]
afterwards: reboot
"""

KEEP: Final = """\
version: 1
disk:
  serial: "S4EWNX0R123456"
reinstall: true
keep: data
passphrase_file: passphrase
source:
  url: https://example.org/atomos
"""

_INTRO: Final = """\
# Answers

<!-- Made by `python -m installer.answers_doc` from installer/answers.py; do not edit. -->

An answers file says all that the installer would ask. `atomos-install plan --answers FILE` shows
what would be done with it, `atomos-install check --answers FILE` whether it could be, and
`atomos-install run --answers FILE` does it. `atomos-install schema` prints its JSON Schema.

It is YAML in UTF-8, read strictly. Everything wrong in it is reported at once, each thing as
`file:line:column: what is wrong, what would be right`, and the exit status is then 2; the files
that it names are looked at when all its keys are right. Unknown and repeated keys are errors. Only
`true` and `false` are yes and no; only decimal digits are a number. What YAML 1.1 and YAML 1.2 read
differently, such as `on`, `022` or `12:30:00`, is refused: put text like that in quotes. So is text
that looks like a number, such as a serial number `123456`.
Anchors, aliases and type tags are not used. An empty value is an error: leave the key out instead.

Some keys ask for others: `user` is needed unless `keep` keeps the accounts of the disk;
`layout: encrypted` needs `passphrase_file`; `passphrase_file` and `header_backup` need
`layout: encrypted`, or a `keep` of data on a disk that is encrypted. A passphrase has at most 511
bytes on one line: the prompt at the start of the machine reads no more.

What `network` says is written into the installed system. `atomos-install run` sets up the live
system by it too, before it fetches the release, where that comes from http:// or https://. A wired
network with DHCP needs no word of it.

The screens save their answers as such a file, and `atomos-install --answers FILE` begins the
screens with one. There a key may be missing: the screens ask for it, as for a password or
passphrase whose file is not there. All other errors are told with their places.

Keys marked "not yet" belong to a later release and are refused until then.
"""


def render() -> str:
    """The whole page."""
    parts = [
        _INTRO,
        f"## The least\n\n```yaml\n{MINIMAL}```\n",
        f"## Everything that works today\n\n```yaml\n{FULL}```\n",
        f"## Once more over an encrypted AtomOS, its data kept\n\n```yaml\n{KEEP}```\n",
        section("The file", Answers),
        *(section(f"`{key.name}`", key.type) for key in keys_of(Answers) if key.kind is Kind.PART),
    ]
    return "\n".join(parts)


def section(title: str, part: type, *, with_later: bool = True) -> str:
    """The keys of one dataclass as a table; `with_later`: and what a later release will take."""
    lines = [f"## {title}", ""]
    names = exactly_one(part)
    if names:
        listed = ", ".join(f"`{name}`" for name in names)
        lines += [f"Exactly one of {listed} is given.", ""]
    count = 5 if with_later else 4
    lines += [_table_row(("key", "type", "default", "meaning", "not yet")[:count])]
    lines += ["|---" * count + "|"]
    lines += [_table_row(_cells(key)[:count]) for key in keys_of(part)]
    return "\n".join(lines) + "\n"


def _cells(key: Key) -> tuple[str, ...]:
    later = "all of it" if key.is_later else ", ".join(f"`{each}`" for each in key.later_choices)
    meaning = key.doc
    if key.example is not None:
        meaning += f" Example: `{_yaml(key.example)}`"
    return (f"`{key.name}`", _type(key), _default(key), meaning, later)


def _table_row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _type(key: Key) -> str:
    return {
        Kind.TEXT: "text",
        Kind.SECRET: "text, secret",
        Kind.FLAG: "`true` or `false`",
        Kind.NUMBER: "whole number",
        Kind.CHOICE: " or ".join(f"`{_yaml(each)}`" for each in (*key.choices, *key.later_choices)),
        Kind.LIST: "list of texts",
        Kind.PART: f"see [`{key.name}`](#{key.name})",
    }[key.kind]


def _default(key: Key) -> str:
    if key.required:
        return "required"
    if key.kind is Kind.PART or key.default in (None, ""):
        return ""
    return f"`{_yaml(key.default)}`"


def _yaml(value: object) -> str:
    """A value as it stands in a file: JSON is YAML, and most plain texts need no quotes."""
    if isinstance(value, str):
        return json.dumps(value) if value[:1].isdigit() or value in NO_TEXT else str(value)
    if isinstance(value, tuple | list):
        return "[" + ", ".join(_yaml(each) for each in value) + "]"
    return json.dumps(value)


def main() -> None:
    """Write the page."""
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
