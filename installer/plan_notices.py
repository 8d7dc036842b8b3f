"""What a person should know of a plan that nothing is in the way of. Pure."""

from collections.abc import Iterator

from installer.blueprint import Blueprint
from installer.hardware import SECTOR
from installer.keymaps import DEFAULT_KEYMAP, console_keymap
from installer.passphrase import passphrase_warning
from installer.printable import printable
from installer.release import HeldBySlot, Release
from installer.release_problems import has_locale
from installer.session import Plan
from installer.settings_choice import DEFAULTS
from installer.text import _, ngettext
from installer.unfinished import began_words


def notices_for(blueprint: Blueprint) -> tuple[str, ...]:
    """Each one in a sentence or two; the gravest first."""
    return (
        *_release(blueprint),
        *_medium(blueprint),
        *_disk(blueprint),
        *(_prompt(blueprint) if blueprint.encrypted else ()),
        *(_kept(blueprint) if blueprint.stays else ()),
    )


def resume_notices(plan: Plan, why_not: str | None) -> tuple[str, ...]:
    """That it goes on with an earlier installation, or why it does not; empty without one."""
    if plan.resumes is None:
        return (why_not,) if why_not is not None else ()
    count = len(plan.done_already)
    words = ngettext(
        "Resuming the installation of {system} that was begun {when}: {count} of {total} steps is"
        " done, and is only looked at again.",
        "Resuming the installation of {system} that was begun {when}: {count} of {total} steps are"
        " done, and are only looked at again.",
        count,
    ).format(
        system=plan.resumes.system,
        when=began_words(plan.resumes),
        count=count,
        total=len(plan.operations),
    )
    if plan.resumes.begun is None:
        return (words,)
    ended = _("It ended in the middle of: {sentence}.")
    return (f"{words} {ended.format(sentence=plan.resumes.begun_sentence)}",)


def _release(blueprint: Blueprint) -> Iterator[str]:
    release = blueprint.release
    if release.slot is not None:
        yield from _slot(release, release.slot)
    elif release.signed_by is None:
        unsigned = _("UNSIGNED: nobody has vouched for the release at {url}.")
        yield " ".join((unsigned.format(url=release.url), *release.doubts))
    if blueprint.recovery.notice is not None:
        yield blueprint.recovery.notice


def _slot(release: Release, slot: HeldBySlot) -> Iterator[str]:
    """What vouches for an image that comes from the disk itself, and what it is to lose it."""
    place = slot.place
    if release.signed_by is None:
        yield _("UNSIGNED: nobody had vouched for the image in {slot} when it was written.").format(
            slot=place.title
        )
    else:
        yield _(
            "The image in {slot} was signed by {who} when it was written. No signature is left of"
            " it: it is compared with the SHA-256 that was written down then, in the start menu."
        ).format(slot=place.title, who=printable(release.signed_by))
    if slot.stays_on_boot:
        return
    yield _(
        "From the moment on when the old systems go, the new one is in this machine's memory alone,"
        " until it is written. Should the power go in between, a release has to be named to go on:"
        " on the network, on a stick or on the medium."
    )


def _medium(blueprint: Blueprint) -> Iterator[str]:
    """Recovery that does not run from memory is refused before this."""
    medium = blueprint.machine.medium
    if medium is not None and not medium.in_ram:
        yield _(
            "This system runs from its medium, since memory is too small to hold it: leave the"
            " medium in until the end."
        )


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
    installation = blueprint.installation
    if installation is not None and installation.errors:
        yield _(
            "The file system on {device} has had errors ({counts}). When the installation is done,"
            " save what matters; when `btrfs scrub` finds no more, `btrfs device stats --reset`"
            " forgets them."
        ).format(device=installation.data, counts=installation.errors)
    contract, locale = blueprint.release.contract, blueprint.settings.locale
    if answers.locale is None and not has_locale(contract, locale):
        yield _(
            "The locale {locale} is kept, and {name} does not have it: programs will speak as in"
            " {default}."
        ).format(locale=locale, name=contract.name, default=DEFAULTS.locale)
