"""What of answers is saved for a person, and what of them may stay in memory until they ask."""

from dataclasses import replace

from installer.answers import Answers
from installer.answers_saved import without_secrets
from installer.answers_store import AnswersStore
from installer.secret import Secret


def has_password(answers: Answers) -> bool:
    """Whether there is a password, of which a hash could be in the file."""
    return bool(_password(answers).reveal())


def to_save(answers: Answers, store: AnswersStore, *, hashes: bool) -> Answers:
    """`answers` without the password: with its hash where `hashes` is true and `store` makes one.

    Takes a moment, to hash.
    """
    user = answers.user
    if user is None or user.password is None:
        return answers
    hash = store.hashed(user.password) if hashes and has_password(answers) else None
    password = None if hash is not None else Secret("")
    return replace(answers, user=replace(user, password=password, password_hash=hash))


def to_remember(answers: Answers, store: AnswersStore | None) -> Answers:
    """What may stay in memory of answers that are carried out. Takes a moment, to hash."""
    hash = None if store is None or not has_password(answers) else store.hashed(_password(answers))
    return without_secrets(answers, hash)


def _password(answers: Answers) -> Secret:
    user = answers.user
    return Secret("") if user is None or user.password is None else user.password
