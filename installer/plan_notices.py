"""What a person should know of a plan that nothing is in the way of. Pure."""

from collections.abc import Iterator

from installer.blueprint import Blueprint
from installer.hardware import SECTOR
from installer.keymaps import DEFAULT_KEYMAP, console_keymap
from installer.passphrase import passphrase_warning
from installer.release_problems import has_locale
from installer.settings_choice import DEFAULTS
from installer.text import _


def notices_for(blueprint: Blueprint) -> tuple[str, ...]:
    """Each one in a sentence or two; the gravest first."""
    return (
        *_release(blueprint),
        *_disk(blueprint),
        *(_prompt(blueprint) if blueprint.encrypted else ()),
        *(_kept(blueprint) if blueprint.stays else ()),
    )


def _release(blueprint: Blueprint) -> Iterator[str]:
    release = blueprint.release
    if release.signed_by is None:
        yield _("UNSIGNED: nobody has vouched for the release at {url}.").format(url=release.url)
    if blueprint.recovery.notice is not None:
        yield blueprint.recovery.notice


def _disk(blueprint: Blueprint) -> Iterator[str]:
    if not blueprint.has_bios_core:
        yield _(
            "{disk} has sectors of {count} bytes: it will start on UEFI machines only, since BIOS"
            " starts from sectors of {usual} bytes."
        ).format(disk=blueprint.disk.name, count=blueprint.disk.logical_sector_bytes, usual=SECTOR)


def _prompt(blueprint: Blueprint) -> Iterator[str]:
    """Of the prompt for the passphrase, which comes before the system's own settings."""
    passphrase = blueprint.answers.passphrase
    if passphrase is not None and not blueprint.keeps:
        warning = passphrase_warning(passphrase.reveal())
        if warning is not None:
            yield warning
    lines = blueprint.release.contract.command_lines
    keymap = console_keymap(blueprint.settings.keymap)
    if keymap != DEFAULT_KEYMAP and "{keymap}" not in lines.keymap + lines.encrypted:
        yield _(
            "The prompt for the passphrase will have the keyboard layout {default}, not {keymap}:"
            " {name} does not say how its prompt gets another one."
        ).format(default=DEFAULT_KEYMAP, keymap=keymap, name=blueprint.release.contract.name)


def _kept(blueprint: Blueprint) -> Iterator[str]:
    answers = blueprint.answers
    if answers.slot_size is not None and (blueprint.keeps or not blueprint.encrypted):
        yield _("The slots stay as large as they are: the answers' `slot_size` does not count.")
    contract, locale = blueprint.release.contract, blueprint.settings.locale
    if answers.locale is None and not has_locale(contract, locale):
        yield _(
            "The locale {locale} is kept, and {name} does not have it: programs will speak as in"
            " {default}."
        ).format(locale=locale, name=contract.name, default=DEFAULTS.locale)
