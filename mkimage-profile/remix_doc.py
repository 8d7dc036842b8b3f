"""Writes ``docs/remix-keys.md`` from the dataclasses of ``remix.yaml``."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from installer.answers_doc import section  # noqa: E402
from remix_file import Remix, Services  # noqa: E402

PAGE = HERE.parent / "docs" / "remix-keys.md"

FULL = """\
remix: 1
name: Hello
version: "1.0"
base: debian-13
machines: generic
packages:
  - htop
services:
  enable: [systemd-networkd.service]
  disable: [ssh.service]
  mask: [sleep.target]
locales: [pt_PT.UTF-8]
locale: de_DE.UTF-8
keymap: de
home: home
flatpaks: [org.mozilla.firefox]
flatpak_remote: https://dl.flathub.org/repo/flathub.flatpakrepo
slot_size: 4 GiB
verity: true
keys: [keys/hello.gpg]
special_files: [usr/bin/mine]
"""

_INTRO = f"""\
# The keys of remix.yaml

<!-- Made by `./dev docs` from mkimage-profile/remix_file.py; do not edit. -->

How it is used is in [remix.md](remix.md). It is YAML, read as strictly as the
[answers](answers.md): everything wrong in it is told at once, each thing as `file:line:column: what
is wrong, what would be right`, and the exit status is then 2. Paths are seen from its folder.

## Everything

```yaml
{FULL}```
"""


def render() -> str:
    """The whole page."""
    services = section("`services`", Services, with_later=False)
    return "\n".join((_INTRO, section("The file", Remix, with_later=False), services))


def main() -> None:
    """Write the page."""
    PAGE.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
