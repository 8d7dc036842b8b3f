"""Answers as a file that does the same once more: what the loader reads, written. Pure.

Secrets are left out, but for the hash of a password; the file says in comments which, and how they
are given.
"""

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from textwrap import wrap
from typing import Final

from installer.answers import Answers, DiskChoice
from installer.answers_keys import Kind, keys_of
from installer.disk_choice import choose_disk
from installer.errors import AnswersInvalid, Refused
from installer.hardware import Disk, Machine
from installer.printable import printable
from installer.secret import Secret
from installer.text import _

FILE_NAME: Final = "answers.yaml"
"""What the live system looks for on the volume ATOMOS-ANSWERS."""
PASSWORD_FILE: Final = "password"
PASSPHRASE_FILE: Final = "passphrase"
WIFI_FILE: Final = "wifi-passphrase"
_WIDTH: Final = 78
_PLAIN: Final = re.compile(r"[A-Za-z/$][A-Za-z0-9_./:$+ -]*[A-Za-z0-9/]")
_OF_A_BUS: Final = ("wwn-", "nvme-eui.", "nvme-nvme.", "scsi-")
"""Links in /dev/disk/by-id whose names tell a person nothing."""


@dataclass(frozen=True, kw_only=True)
class SavedAnswers:
    """The file's text, and what is not in it, in sentences."""

    text: str
    left_out: tuple[str, ...]


def saved_answers(answers: Answers, disk: Disk | None, machine: Machine) -> SavedAnswers:
    """The file of `answers`, which are for `disk` of `machine`; None: as they name it."""
    left_out = tuple(_left_out(answers))
    named = answers if disk is None else replace(answers, disk=named_disk(disk, machine))
    lines = [
        *_comment(_("Answers for the AtomOS installer, as its questions were answered.")),
        "#",
        "#   atomos-install plan --answers FILE    # what would be done with it",
        "#   atomos-install run --answers FILE     # do it, and ask nothing",
        "#   atomos-install --answers FILE         # asks what is missing",
        "#",
    ]
    if left_out:
        lines += _comment(_("What is not in this file:"))
        for each in left_out:
            lines += _comment(each, first="- ")
    if answers.wipe:
        lines += ["#", *_comment(_("It erases the disk below, whatever is on it by then."))]
    return SavedAnswers(
        text="\n".join([*lines, "", *_part(_with_files(named)), ""]), left_out=left_out
    )


def without_secrets(answers: Answers, password_hash: Secret | None) -> Answers:
    """What may stay in memory of answers that were carried out, to be saved later.

    The password as its hash, where there is one; of the others only that there were some.
    """
    user, nothing = answers.user, Secret("")
    if user is not None and user.password is not None:
        password = None if password_hash is not None else nothing
        user = replace(user, password=password, password_hash=password_hash)
    return replace(
        answers,
        user=user,
        passphrase=None if answers.passphrase is None else nothing,
        disk_passphrase=None,
        recovery_key=None if answers.recovery_key is None else nothing,
        network=replace(
            answers.network,
            passphrase=None if answers.network.passphrase is None else nothing,
        ),
    )


def named_disk(disk: Disk, machine: Machine) -> DiskChoice:
    """The name that means this very disk, also after a restart: device nodes change places."""
    ids = sorted(disk.ids, key=lambda id: (id.startswith(_OF_A_BUS), id))
    choices = [DiskChoice(id=id) for id in ids]
    if disk.serial:
        choices.append(DiskChoice(serial=disk.serial))
    fit = (each for each in choices if _is_read_back(each) and _means(each, disk, machine))
    return next(fit, DiskChoice(path=disk.path))


def _means(choice: DiskChoice, disk: Disk, machine: Machine) -> bool:
    try:
        return choose_disk(choice, machine, None).path == disk.path
    except Refused:
        return False


def _is_read_back(choice: DiskChoice) -> bool:
    """Whether the loader takes such a name: firmware puts anything into a serial number."""
    values = [(key, getattr(choice, key.name)) for key in keys_of(DiskChoice)]
    return all(
        key.rule is None or key.rule.allows(value)
        for key, value in values
        if isinstance(value, str)
    )


def _left_out(answers: Answers) -> Iterator[str]:
    user = answers.user
    if user is not None and user.password_hash is None:
        yield _(
            "The password of {user}. Put it alone on the first line of a file named {file} beside"
            " this one."
        ).format(user=user.name, file=user.password_file or PASSWORD_FILE)
    if answers.passphrase is not None:
        yield _(
            "The passphrase of the disk. Put it alone on the only line of a file named {file}"
            " beside this one."
        ).format(file=printable(answers.passphrase_file or PASSPHRASE_FILE))
    network = answers.network
    if network.passphrase is not None:
        yield _(
            "The passphrase of the Wi-Fi network {name}. Put it alone on the only line of a file"
            " named {file} beside this one."
        ).format(name=network.ssid, file=printable(network.passphrase_file or WIFI_FILE))
    if answers.recovery_key is not None:
        yield _(
            "The recovery key: no file can hold one, and installed by this file the disk has none"
            " until somebody adds it (cryptsetup luksAddKey). Where the installer asks, it offers a"
            " new one."
        )


def _with_files(answers: Answers) -> Answers:
    """With the names of the files that secrets are to be in, and certificates in the file itself:
    those beside the first file are not beside this one."""
    user, source = answers.user, answers.source
    if user is not None and user.password_hash is None:
        user = replace(user, password_file=user.password_file or PASSWORD_FILE)
    elif user is not None:
        user = replace(user, password_file=None)
    if source.ca is not None:
        source = replace(source, ca_file=None)
    file = answers.passphrase_file or PASSPHRASE_FILE
    network = answers.network
    if network.passphrase is not None:
        network = replace(network, passphrase_file=network.passphrase_file or WIFI_FILE)
    return replace(
        answers,
        user=user,
        source=source,
        network=network,
        passphrase_file=None if answers.passphrase is None else file,
    )


def _part(part: object, indent: str = "") -> Iterator[str]:
    """The keys of a dataclass that differ from what is meant without them."""
    for key in keys_of(type(part)):
        value = getattr(part, key.name)
        if not key.required and value == key.default:
            continue
        if key.kind is Kind.PART and dataclasses.is_dataclass(value):
            yield f"{indent}{key.name}:"
            yield from _part(value, indent + "  ")
        elif key.kind is Kind.LIST and isinstance(value, tuple):
            yield f"{indent}{key.name}:"
            yield from (f"{indent}  - {_scalar(each)}" for each in value)
        else:
            yield f"{indent}{key.name}: {_scalar(value)}"


def _scalar(value: object) -> str:
    """A value on one line, as the loader reads it."""
    if isinstance(value, bool | int):
        return str(value).lower()
    text = value.reveal() if isinstance(value, Secret) else str(value)
    return text if _is_plain(text) else _quoted(text)


def _is_plain(text: str) -> bool:
    """Whether it is the same without quotes: not so for ``no``, ``null`` or ``1e5``."""
    # Only here: the screens do not wait for PyYAML to start.
    from installer.answers_yaml import read_document

    if not _PLAIN.fullmatch(text) or ": " in text or " #" in text:
        return False
    try:
        document = read_document(f"key: {text}", "")
    except AnswersInvalid:
        return False
    return document.data == {"key": text} and not document.errors


def _quoted(text: str) -> str:
    import yaml

    dumped: str = yaml.safe_dump(text, default_style='"', allow_unicode=True, width=float("inf"))
    return dumped.rstrip("\n")


def _comment(text: str, first: str = "") -> list[str]:
    """Lines of a comment; no value can end it, since nothing but printable text is in it."""
    return wrap(
        printable(text),
        _WIDTH,
        initial_indent=f"# {first}",
        subsequent_indent="# " + " " * len(first),
        break_on_hyphens=False,
    )
