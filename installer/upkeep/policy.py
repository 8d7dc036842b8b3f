"""What the machine does by itself about newer releases, as a file says it (docs/update.md).

The dataclass is the file's keys; `policy_file` reads it, with all that YAML needs. Pure.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from installer.answers_metadata import doc
from installer.answers_rules import RELEASE_VERSION


class Action(StrEnum):
    """How far the machine goes by itself."""

    OFF = "off"
    CHECK = "check"
    DOWNLOAD = "download"
    INSTALL = "install"


@dataclass(frozen=True, kw_only=True)
class UpdatePolicy:
    """All of the file."""

    policy: Action = field(
        default=Action.CHECK,
        metadata=doc(
            "`off`: nothing; `check`: says at the login that there is a newer release; `download`:"
            " writes it into the spare slot, and nothing starts it before `atomos update`;"
            " `install`: the next restart starts it.",
            example="install",
        ),
    )
    delay: int = field(
        default=60,
        metadata=doc(
            "Up to so many minutes, by chance, are waited before the release is asked for, so that"
            " not all machines come at once.",
            example=60,
        ),
    )
    metered: bool = field(
        default=False,
        metadata=doc("Whether a metered connection may be used.", example=False),
    )
    battery: int = field(
        default=30,
        metadata=doc(
            "On battery with less than so many percent nothing is done; 0: always.", example=30
        ),
    )
    hold: tuple[str, ...] = field(
        default=(),
        metadata=doc(
            "Versions that are not taken by themselves.", example=["9.0.0"], rule=RELEASE_VERSION
        ),
    )
