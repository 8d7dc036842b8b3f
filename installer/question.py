"""The names of the questions that a person is asked, for whatever has to speak of one."""

from enum import StrEnum


class QuestionId(StrEnum):
    """The questions, by name."""

    LANGUAGE = "language"
    """The language of the screens and of the new system, and the keyboard."""
    UNFINISHED = "unfinished"
    """An installation came to no end: go on with it, start it over, or another one."""
    NETWORK = "network"
    """How the machine reaches the network, now and when it is installed."""
    WELCOME = "welcome"
    RELEASE = "release"
    """Which version of those that are on offer there."""
    DISK = "disk"
    KEEP = "keep"
    """An AtomOS is on the disk: what of it is kept."""
    UNLOCK = "unlock"
    """The passphrase of a container that is there: its data are kept, or it was just made."""
    PASSPHRASE = "passphrase"
    """Whether to encrypt, and a new passphrase."""
    RECOVERY_KEY = "recovery-key"
    """The second key, shown once and typed back in part; a copy of the header on a stick."""
    USER = "user"
    SOFTWARE = "software"
    """Whether home-manager sets up the user's home, and by which flake."""
    TIMEZONE = "timezone"
    SUMMARY = "summary"
