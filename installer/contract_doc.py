"""Writes ``docs/contract.md`` from its dataclasses: ``python -m installer.contract_doc``.

What the contract asks of the rest of the image is told by looking at one that has nothing of it.
"""

import dataclasses
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from installer.contract import CONTRACT_VERSION
from installer.contract_file import load_contract
from installer.contract_keys import PLACEHOLDERS_OF, CommandLinesInFile, ContractInFile
from installer.image_requirements import Finding, findings, verity_finding

PAGE: Final = Path(__file__).parent.parent / "docs" / "contract.md"

EXAMPLE: Final = """\
contract: 1
kind: system
name: Hello
version: "1.0"
architecture: x86-64
kernel: /usr/lib/atomos/boot/vmlinuz
initrd: /usr/lib/atomos/boot/initrd
command_lines:
  plain: root=PARTUUID={slot.partuuid} rootfstype=squashfs ro systemd.volatile=overlay quiet
  encrypted: root={slot.device} rootfstype=squashfs ro systemd.volatile=overlay rd.luks.name={luks.uuid}=atomos rd.lvm.vg=atomos quiet
  keymap: rd.vconsole.keymap={keymap}
minimum_slot: 2 GiB
secure_boot: true
home_manager: true
flatpak: true
locales: [de_DE.UTF-8, pt_BR.UTF-8]
"""  # noqa: E501 (a kernel command line is one line)

_PLACEHOLDERS: Final = {
    "slot.partuuid": "PARTUUID of the slot's partition",
    "slot.device": "device of the slot: `/dev/disk/by-partuuid/…`, or `/dev/atomos/a` in LUKS",
    "luks.uuid": "UUID of the LUKS container",
    "recovery.partuuid": "PARTUUID of the recovery partition",
    "keymap": "the chosen keyboard layout, by its XKB or console name",
    "verity.root_hash": "root of the image's hash tree (dm-verity), 64 hex digits",
    "verity.hash_offset": "where in the image the hash tree begins, in bytes",
}

_INTRO: Final = f"""\
# The image contract

<!-- Made by `python -m installer.contract_doc` from installer/contract_keys.py and
     installer/image_requirements.py; do not edit. -->

A system image is a SquashFS with a file `/usr/lib/atomos/image.yaml`. All that the installer knows
of a distribution stands there. This is version {CONTRACT_VERSION}.

The file is YAML in UTF-8: one mapping. Every scalar is taken as the text that is written there, so
`version: 1.10` is 1.10. Unknown and repeated keys, anchors and aliases are errors.

`./dev contract check IMAGE` says of any SquashFS what of this it meets, and how to mend the rest.
Exit status 0: it can be installed; 3: something is missing; 2: it is no SquashFS, or has no
contract. The installer looks at an image in its slot in the same way. In a release the same file
stands beside the image too ([releases.md](releases.md)).
"""


class _Bare:
    """An image with a kernel of zeros, and nothing else (see ImageTree)."""

    def is_file(self, path: PurePosixPath) -> bool:
        return path.name == "vmlinuz"

    def is_folder(self, path: PurePosixPath) -> bool:
        return not path.parts

    def runs(self, path: PurePosixPath) -> bool:
        return not path.parts

    def names(self, path: PurePosixPath) -> tuple[str, ...]:
        return ("ssh_host_ed25519_key",) if path.name == "ssh" else ()

    def start_of(self, path: PurePosixPath, count: int) -> bytes:
        return bytes(count) if self.is_file(path) else b""


def render() -> str:
    """The whole page."""
    return "\n".join(
        (
            _INTRO,
            f"## An example\n\n```yaml\n{EXAMPLE}```\n",
            _keys("The file", ContractInFile),
            _keys("`command_lines`", CommandLinesInFile),
            "A template is one line of printable ASCII without quotation marks and backslashes,"
            " which GRUB\nwould change. What stands in braces is filled in by the installer:\n",
            _placeholders(),
            "## What is asked of the rest of the image\n\nWhat is marked with * keeps it from being"
            " installed when it is missing.\n",
            _asked(),
        )
    )


def _keys(title: str, part: type) -> str:
    lines = [f"## {title}", "", "| key | holds | default | meaning |", "|---|---|---|---|"]
    for each in dataclasses.fields(part):
        holds, meaning = each.metadata["holds"], each.metadata["doc"]
        lines.append(f"| `{each.name}` | {holds} | {_default(each)} | {meaning} |")
    return "\n".join(lines) + "\n"


def _default(field: "dataclasses.Field[object]") -> str:
    if field.default_factory is not dataclasses.MISSING:
        return "none"
    if field.default is dataclasses.MISSING:
        return "required"
    return f"`{field.default}`" if field.default else "none"


def _placeholders() -> str:
    lines = ["| placeholder | is | in |", "|---|---|---|"]
    for name, meaning in _PLACEHOLDERS.items():
        where = ", ".join(f"`{key}`" for key, known in PLACEHOLDERS_OF.items() if name in known)
        lines.append(f"| `{{{name}}}` | {meaning} | {where} |")
    return "\n".join(lines) + "\n"


def _asked() -> str:
    lines = ["| asked | otherwise |", "|---|---|"]
    for each in _all_findings():
        mark = "\\*" if each.needed else ""
        lines.append(f"| {each.asked}{mark} | {each.mend} |")
    return "\n".join(lines) + "\n"


def _all_findings() -> Iterator[Finding]:
    contract = load_contract(EXAMPLE, "image.yaml")
    yield from findings(contract, _Bare())
    with_tree = EXAMPLE.replace("quiet", "roothash={verity.root_hash}")
    finding = verity_finding(load_contract(with_tree, "image.yaml"), None, 0)
    if finding is not None:
        yield finding


def main() -> None:
    """Write the page."""
    PAGE.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
