"""What is handed to the process that installs: one JSON document on its standard input.

Secrets are in it, so it exists in that pipe and in memory only, never in a file, an argument or
the environment.
"""

import json
from dataclasses import dataclass

from installer.answers import Answers
from installer.holder import NOBODY, Starter
from installer.identifiers import Identifiers
from installer.revealed import revealed
from installer.strict import read_json
from installer.text import ENGLISH


@dataclass(frozen=True, kw_only=True)
class Handover:
    """All that a plan is made of besides machine and release, and the digest of the one shown."""

    answers: Answers
    identifiers: Identifiers
    digest: str
    unattended: bool
    resumes: bool = False
    """Whether that plan goes on with an installation that came to no end."""
    starter: Starter = NOBODY
    language: str = ENGLISH
    """What the run speaks: its words are for whoever started it."""

    def to_json(self) -> bytes:
        """The document, secrets revealed."""
        return json.dumps(revealed(self)).encode()

    @classmethod
    def from_json(cls, document: bytes) -> "Handover":
        """Raises ValueError, which repeats nothing of the document, when it is not one."""
        return read_json(cls, document)
