"""The contract of a remix: its base's, with what ``remix.yaml`` says in its place."""

import re
from typing import Final

import yaml

from installer.contract import Contract, needs_verity
from installer.errors import InstallError
from installer.quantity import MIB
from remix_file import Remix

_VERITY_ROOT: Final = "root=/dev/mapper/root"
_OF_VERITY: Final = re.compile(r"(?:roothash=|systemd\.verity)")
"""Words of a command line that set up the hash tree (systemd-veritysetup-generator(8))."""


def remixed(base: Contract, remix: Remix) -> str:
    """The text of ``image.yaml``. Raises InstallError: the remix asks for what the base has not."""
    lines = base.command_lines
    plain, encrypted = (_with_verity(each, remix) for each in (lines.plain, lines.encrypted))
    command_lines = {
        "plain": plain,
        "encrypted": encrypted,
        "recovery": lines.recovery,
        "keymap": lines.keymap,
    }
    locales = tuple(dict.fromkeys((*base.locales, *remix.locales)))
    _refuse_what_cannot_be(base, remix, locales)
    document = {
        "contract": "1",
        "kind": base.kind.value,
        "name": remix.name,
        "version": remix.version,
        "architecture": base.architecture,
        "kernel": str(base.kernel),
        "initrd": str(base.initrd),
        "command_lines": {key: value for key, value in command_lines.items() if value},
        "accounts": base.accounts.value,
        "minimum_slot": _slot(base, remix),
        "secure_boot": _truth(base.secure_boot),
        "home_manager": _truth(base.home_manager),
        "flatpak": _truth(base.flatpak),
        "locales": list(locales),
        "default_locale": remix.locale or base.default_locale,
        "default_keymap": remix.keymap or base.default_keymap,
    }
    text: str = yaml.safe_dump(
        {key: value for key, value in document.items() if value not in ("", [])},
        sort_keys=False,
        allow_unicode=True,
        width=10**6,
    )
    return text


def _refuse_what_cannot_be(base: Contract, remix: Remix, locales: tuple[str, ...]) -> None:
    if remix.locale not in (None, "C.UTF-8", *locales):
        raise InstallError(
            f"the locale {remix.locale} is not one of the base ({', '.join(locales) or 'none'})",
            way_out=f"Add it: `locales: [{remix.locale}]`; or leave `locale` out.",
        )
    for is_wanted, can, key in (
        (bool(remix.flatpaks), base.flatpak, "flatpaks"),
        (remix.home is not None, base.home_manager, "home"),
    ):
        if is_wanted and not can:
            raise InstallError(
                f"the base's contract does not promise what `{key}` needs",
                way_out=f"Leave `{key}` out, or take a base that does (docs/home.md).",
            )


def _slot(base: Contract, remix: Remix) -> str:
    if remix.slot_size is not None:
        return remix.slot_size
    mib, rest = divmod(base.minimum_slot_bytes, MIB)
    return f"{base.minimum_slot_bytes} B" if rest else f"{mib} MiB"


def _with_verity(line: str, remix: Remix) -> str:
    if remix.verity is None or not line or needs_verity(line) == remix.verity:
        return line
    if remix.verity:
        raise InstallError(
            "the base does not start its slot through a hash tree, so `verity: true` cannot be had",
            way_out="Leave `verity` out, or write an image.yaml with its placeholders into files/.",
        )
    words = [word for word in line.split() if not _OF_VERITY.match(word)]
    plain = " ".join(words).replace(_VERITY_ROOT, "root={slot.device}")
    if needs_verity(plain) or "root={slot.device}" not in plain:
        raise InstallError(
            "the base's command line without its hash tree is not known, so `verity: false` cannot"
            " be had",
            way_out="Leave `verity` out, or write an image.yaml without it into files/.",
        )
    return plain


def _truth(value: bool) -> str:
    return "true" if value else "false"
