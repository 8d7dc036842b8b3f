"""What keys of an answers file ask of each other, beyond what each of them may be."""

from collections.abc import Iterator
from dataclasses import fields

from installer.answers import Answers, Keep, LayoutKind
from installer.answers_network import network_errors
from installer.answers_yaml import Document
from installer.errors import AnswersError
from installer.text import _


def together_errors(document: Document, *, incomplete: bool = False) -> Iterator[AnswersError]:
    """Of keys that are well formed by themselves; what is not is told elsewhere.

    `incomplete`: what is missing is asked for later.
    """
    data = document.data
    if not isinstance(data, dict):
        return
    source = data.get("source")
    if isinstance(source, dict) and "ca" in source and "ca_file" in source:
        yield document.key_place(("source", "ca_file")).error(
            _("'source' has both 'ca' and 'ca_file'"), _("write one of them")
        )
    yield from network_errors(document, data.get("network"), incomplete=incomplete)
    keeps = data.get("keep", Keep.NOTHING) != Keep.NOTHING
    encrypted = data.get("layout") == LayoutKind.ENCRYPTED
    plain = data.get("layout", LayoutKind.PLAIN) == LayoutKind.PLAIN
    if "user" not in data and not keeps and not incomplete:
        yield document.key_place(("user",)).error(
            _("'user' is missing"), _("add it: {doc}").format(doc=_doc("user"))
        )
    if encrypted and "passphrase_file" not in data and not incomplete:
        yield document.value_place(("layout",)).error(
            _("layout 'encrypted' has no 'passphrase_file'"),
            _("add it: {doc}").format(doc=_doc("passphrase_file")),
        )
    if plain and not keeps:
        for name in ("passphrase_file", "header_backup"):
            if name in data:
                yield document.key_place((name,)).error(
                    _("{key} is for an encrypted disk, and the layout is plain").format(
                        key=repr(name)
                    ),
                    _("write 'layout: encrypted', or leave it out"),
                )


def _doc(name: str) -> str:
    return next(str(each.metadata["doc"]) for each in fields(Answers) if each.name == name)
