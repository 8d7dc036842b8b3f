"""The names of the questions that a person is asked, for whatever has to speak of one."""

from enum import StrEnum


class QuestionId(StrEnum):
    """The questions, by name."""

    WELCOME = "welcome"
    DISK = "disk"
    USER = "user"
    SUMMARY = "summary"
