"""Who writes files for a person."""

from dataclasses import dataclass

from installer.answers_store import AnswersStore
from installer.log_store import LogStore


@dataclass(frozen=True, kw_only=True)
class Stores:
    """Onto sticks and into memory."""

    answers: AnswersStore
    log: LogStore
