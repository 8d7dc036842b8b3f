"""The files that answers name: what is in them becomes part of the answers."""

import codecs
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from installer import answers_rules as rules
from installer.answers import Answers
from installer.answers_yaml import Document, Place
from installer.errors import AnswersError, AnswersInvalid
from installer.names import password_problem
from installer.passphrase import passphrase_in_file
from installer.secret import Secret
from installer.text import N_, _
from installer.wifi_names import wifi_passphrase_problem

_PASSWORD_MAX: Final = 511
"""Bytes of a password: PAM takes 512 with the NUL at its end (PAM_MAX_RESP_SIZE)."""
_READ_MAX: Final = 4096
"""Bytes that are read of such a file: one that is longer holds no secret of one line."""
_CERTIFICATES_MAX: Final = 65_537
"""Bytes that are read of certificates, one more than the rule allows."""
_Content = TypeVar("_Content")


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Wording:
    """How one kind of file is spoken of."""

    no_folder: str
    no_folder_right: str
    unreadable: str
    right: str


_PASSWORD: Final = _Wording(
    no_folder=N_("answers from a URL have no folder that the password file could be in"),
    no_folder_right=N_("write an absolute path, or password_hash"),
    unreadable=N_("the password file cannot be read: {reason}"),
    right=N_("put the password alone on its first line"),
)
_PASSPHRASE: Final = _Wording(
    no_folder=N_("answers from a URL have no folder that the passphrase file could be in"),
    no_folder_right=N_("write an absolute path"),
    unreadable=N_("the passphrase file cannot be read: {reason}"),
    right=N_("put the passphrase alone on its only line"),
)
_WIFI: Final = _Wording(
    no_folder=N_("answers from a URL have no folder that the Wi-Fi passphrase could be in"),
    no_folder_right=N_("write an absolute path"),
    unreadable=N_("the file of the Wi-Fi passphrase cannot be read: {reason}"),
    right=N_("put the passphrase alone on its only line"),
)
_CERTIFICATES: Final = _Wording(
    no_folder=N_("answers from a URL have no folder that the certificates could be in"),
    no_folder_right=N_("write an absolute path, or the certificates themselves below 'ca'"),
    unreadable=N_("the file of certificates cannot be read: {reason}"),
    right=rules.CERTIFICATES.right,
)


def read_secret_files(
    answers: Answers, base: Path | None, document: Document, *, incomplete: bool = False
) -> Answers:
    """`answers` with passwords, passphrases and certificates that the files they name hold.

    A relative path begins at `base`; None means that there is no folder, since the answers came
    from a URL. `document` has the places of errors. `incomplete`: password and passphrase are left
    out whose files are not there. Raises AnswersInvalid, with what is wrong in
    all files.
    """
    errors: list[AnswersError] = []

    def content(
        name: str,
        key: tuple[str, ...],
        words: _Wording,
        parse: Callable[[bytes], _Content],
        most: int = _READ_MAX,
    ) -> _Content | None:
        if incomplete and words is not _CERTIFICATES and not _is_there(name, base):
            return None
        try:
            return _read(name, base, document.value_place(key), words, parse, most)
        except AnswersInvalid as error:
            errors.extend(error.errors)
            return None

    passphrase = answers.passphrase
    if answers.passphrase_file is not None:
        passphrase = content(
            answers.passphrase_file, ("passphrase_file",), _PASSPHRASE, passphrase_in_file
        )
    user = answers.user
    if user is not None and user.password_file is not None:
        key = ("user", "password_file")
        user = dataclasses.replace(
            user, password=content(user.password_file, key, _PASSWORD, _password_in_file)
        )
    network = answers.network
    if network.passphrase_file is not None:
        key = ("network", "passphrase_file")
        network = dataclasses.replace(
            network, passphrase=content(network.passphrase_file, key, _WIFI, _wifi_in_file)
        )
    source = answers.source
    if source.ca_file is not None:
        key = ("source", "ca_file")
        ca = content(source.ca_file, key, _CERTIFICATES, _certificates_in_file, _CERTIFICATES_MAX)
        source = dataclasses.replace(source, ca=ca)
    if errors:
        errors.sort(key=lambda each: (each.line, each.column))
        raise AnswersInvalid(tuple(errors))
    return dataclasses.replace(
        answers, user=user, passphrase=passphrase, source=source, network=network
    )


def _is_there(name: str, base: Path | None) -> bool:
    """Whether there is such a file; what cannot be looked up is told when it is read."""
    try:
        (Path(name) if base is None else base / name).lstat()
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True


def _read(
    name: str,
    base: Path | None,
    place: Place,
    words: _Wording,
    parse: Callable[[bytes], _Content],
    most: int,
) -> _Content:
    path = Path(name)
    if base is None and not path.is_absolute():
        raise AnswersInvalid((place.error(_(words.no_folder), _(words.no_folder_right)),))
    try:
        with (path if base is None else base / path).open("rb") as stream:
            return parse(stream.read(most))
    except OSError as error:
        # Neither name nor path is repeated: a person may have put the secret itself there.
        what = _(words.unreadable).format(reason=error.strerror)
        right = _("write the path of a readable file, relative to the answers file")
        raise AnswersInvalid((place.error(what, right),)) from None
    except ValueError as error:
        raise AnswersInvalid((place.error(str(error), _(words.right)),)) from None


def _password_in_file(data: bytes) -> Secret:
    """The first line. Raises ValueError in words that do not repeat what is in the file."""
    # Windows' editors write a mark before the first line, with which nobody could log in.
    line = data.removeprefix(codecs.BOM_UTF8).split(b"\n")[0].removesuffix(b"\r")
    if not line:
        raise ValueError(_("the first line of the password file is empty"))
    if len(line) > _PASSWORD_MAX:
        raise ValueError(
            _("the password in the file is longer than {limit} bytes").format(limit=_PASSWORD_MAX)
        )
    try:
        password = line.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError(_("the password file is not in UTF-8")) from None
    if password_problem(password) is not None:
        raise ValueError(_("the password in the file has control characters"))
    return Secret(password)


def _wifi_in_file(data: bytes) -> Secret:
    """The only line. Raises ValueError in words that do not repeat what is in the file."""
    passphrase = passphrase_in_file(data)
    problem = wifi_passphrase_problem(passphrase.reveal())
    if problem is not None:
        raise ValueError(problem.rstrip("."))
    return passphrase


def _certificates_in_file(data: bytes) -> str:
    """All of them. Raises ValueError."""
    text = data.decode("utf-8", "replace")
    if not rules.CERTIFICATES.allows(text):
        raise ValueError(_(rules.CERTIFICATES.what))
    return text
