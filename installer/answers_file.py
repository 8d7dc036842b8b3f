"""An answers file read into `installer.answers.Answers`, with all that is wrong in it at once."""

from pathlib import Path

from installer.answers import ANSWERS_VERSION, Answers
from installer.answers_secrets import read_secret_files
from installer.answers_together import together_errors
from installer.answers_yaml import read_document
from installer.keyed_file import decode_text, read_keys, valid


def read_answers(data: bytes, name: str, base: Path | None) -> Answers:
    """The answers in a file's bytes, with what `password_file` and `passphrase_file` hold.

    `base` is the folder of the file, None when it came from a URL. Raises AnswersInvalid.
    """
    text = decode_text(data, name)
    return read_secret_files(load_answers(text, name), base, read_document(text, name))


def read_incomplete(data: bytes, name: str, base: Path | None) -> Answers:
    """The same where a person is there to be asked for the rest: what is missing is empty.

    That is a disk that is not chosen, the address of the release, the user or their name, and
    secrets that are not in the file, or whose files are not there. Raises AnswersInvalid for all
    else that is wrong.
    """
    text = decode_text(data, name)
    answers = load_answers(text, name, incomplete=True)
    return read_secret_files(answers, base, read_document(text, name), incomplete=True)


def load_answers(text: str, name: str, *, incomplete: bool = False) -> Answers:
    """The answers in `text`; `name` is the file's name for error messages.

    `incomplete`: what is missing is empty, and no error. Raises AnswersInvalid with every error, in
    the order of the file. No error repeats a secret.
    """
    document = read_document(text, name)
    data = _filled_up(document.data) if incomplete else document.data
    answers, errors = read_keys(Answers, document, data, may_lack=incomplete)
    return valid(answers, [*errors, *together_errors(document, incomplete=incomplete)])


def _filled_up(data: object) -> object:
    """`data` with an empty value for each key that has to be there."""
    if not isinstance(data, dict):
        return data
    filled: dict[str, object] = {"version": ANSWERS_VERSION, "disk": {}, **data}
    for part, empty in (("source", {"url": ""}), ("user", {"name": ""})):
        if isinstance(data.get(part, {}), dict) and (part in data or part == "source"):
            filled[part] = {**empty, **data.get(part, {})}
    return filled
