"""The words that steer plain mode, in English and in the person's language."""

from enum import StrEnum
from typing import Final

from installer.page_words import Ways
from installer.text import N_, _

_ESCAPE: Final = "\\"
"""Before a word of these: it is meant as it stands, as the name of a person called Back."""


class Word(StrEnum):
    """What a line may say instead of an answer."""

    BACK = N_("back")
    HELP = N_("help")
    AGAIN = N_("again")
    STEPS = N_("steps")
    QUIT = N_("quit")
    LOOK = N_("look")
    SAVE = N_("save")
    LOG = N_("log")
    LOG_ALL = N_("log all")
    STOP = N_("stop")
    SHOW = N_("show")


EVERYWHERE: Final = (Word.BACK, Word.HELP, Word.AGAIN, Word.STEPS, Word.QUIT)


def quoted(word: Word) -> str:
    """The word as a sentence has it."""
    return f'"{_(word.value)}"'


def word_of(line: str, known: tuple[Word, ...], *, exactly: bool = False) -> Word | None:
    """That of the `known` words which `line` is; None when it is an answer.

    `exactly`: with other blanks or capitals it is none, as a passphrase may be.
    """
    said = line if exactly else line.strip().lower()
    if said == "?" and Word.HELP in known:
        return Word.HELP
    return next((word for word in known if said in (word.value, _(word.value))), None)


def answer_of(line: str, *, exactly: bool = False) -> str:
    """The answer that `line` is: itself, or what stands behind a backslash before one of `Word`."""
    bare = line.lstrip(_ESCAPE)
    if line.startswith(_ESCAPE) and word_of(bare, tuple(Word), exactly=exactly):
        return line.removeprefix(_ESCAPE)
    return line


def ways() -> Ways:
    """What the helps of the pages speak of."""
    return Ways(
        look=quoted(Word.LOOK),
        back=quoted(Word.BACK),
        log=quoted(Word.LOG),
        stop=quoted(Word.STOP),
        tick=_("say yes to UNSIGNED"),
        untick=_("say no to that"),
        leave_it=_('To leave it is to say "no".'),
        show=_("type {word} first").format(word=quoted(Word.SHOW)),
        greyed=_("Disks without a number"),
        red=_("What is listed first, under WILL BE LOST,"),
        find=_("Type a part of its name, or the country, for a list of those that have it."),
        more="",
    )


def how_to_answer() -> str:
    """What a person has to know, and is told once at the beginning and with every help."""
    return _(
        "Type an answer and press Enter. Enter alone takes what stands in brackets; a blank"
        " empties it. {back} goes one answer back, {steps} to a finished step, {help} or ?"
        " explains, {again} repeats the question, {quit} leaves. To give one of these words as an"
        " answer, type a backslash before it."
    ).format(
        back=quoted(Word.BACK),
        steps=quoted(Word.STEPS),
        help=quoted(Word.HELP),
        again=quoted(Word.AGAIN),
        quit=quoted(Word.QUIT),
    )
