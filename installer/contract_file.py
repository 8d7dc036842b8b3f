"""Reading ``image.yaml``, the contract of an image, with every error in words.

The file is a YAML mapping whose scalars are all taken as they are spelled, so that none of YAML's
own readings (``on`` is true, ``1.10`` is 1.1) can change what an image says of itself.
"""

import json
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from installer.answers_rules import KEYMAP
from installer.contract import (
    CONTRACT_VERSION,
    Accounts,
    CommandLines,
    Contract,
    ImageKind,
)
from installer.contract_keys import PLACEHOLDERS_OF, ContractInFile
from installer.errors import Problem, Refused
from installer.quantity import parse_size
from installer.strict import read_json
from installer.text import _

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails
    from yaml.nodes import Node

_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
_BRACES: Final = re.compile(r"[{}]")
_TEMPLATE: Final = re.compile(r"(?:[ !#-&(-\[\]-~])*")
_PATH: Final = re.compile(r"(/[A-Za-z0-9_+.@-]+)+")

_MAX_DEPTH: Final = 8
"""A contract is two deep; PyYAML's composer calls itself for each level."""


def load_contract(text: str, name: str) -> Contract:
    """The contract in `text`; `name` is what the person is told about where it stands.

    Raises Refused with one problem for each thing that is wrong.
    """
    errors = list(_yaml_errors(text))
    if errors:
        raise _refused(name, errors)
    import yaml
    from pydantic_core import ValidationError

    try:
        # By way of JSON: from Python pydantic's strict mode takes no mapping for a dataclass.
        document = json.dumps(yaml.load(text, yaml.BaseLoader))
        found = read_json(ContractInFile, document)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=True)
        raise _refused(name, [_in_words(each) for each in details]) from None
    errors = list(_content_errors(found))
    if errors:
        raise _refused(name, errors)
    return _contract(found)


def _refused(name: str, errors: list[str]) -> Refused:
    way_out = _("Tell whoever made this image; another release may be right.")
    return Refused(
        tuple(
            Problem(
                what=_("The contract {name} is not valid: {error}.").format(name=name, error=error),
                way_out=way_out,
            )
            for error in errors
        )
    )


def _yaml_errors(text: str) -> Iterator[str]:
    import yaml

    try:
        unsafe = next(_unsafe_parts(text), None)
        root = None if unsafe else yaml.compose(text, yaml.BaseLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = _("line {line}: ").format(line=mark.line + 1) if mark else ""
        yield where + (getattr(error, "problem", None) or _("it is not YAML"))
        return
    if unsafe:
        yield unsafe
    elif not isinstance(root, yaml.MappingNode):
        yield _("it is not a mapping of keys to values")
    else:
        yield from _duplicates(root)


def _unsafe_parts(text: str) -> Iterator[str]:
    """What would fill memory or stack when it is read: references, and levels without an end."""
    import yaml

    depth = 0
    for event in yaml.parse(text, yaml.BaseLoader):
        mark = event.start_mark
        where = _("line {line}: ").format(line=mark.line + 1 if mark else 1)
        if isinstance(event, yaml.AliasEvent):
            yield where + _("what begins with * refers to another value")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            yield where + _("the keys are nested too deeply")


def _duplicates(node: "Node") -> Iterator[str]:
    import yaml

    if not isinstance(node, yaml.MappingNode):
        return
    seen: set[str] = set()
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            yield _("line {line}: a list or mapping stands as a key").format(
                line=key.start_mark.line + 1
            )
            continue
        if key.value in seen:
            yield _("line {line}: {key} stands there twice").format(
                line=key.start_mark.line + 1, key=key.value
            )
        seen.add(str(key.value))
        yield from _duplicates(value)


def _in_words(error: "ErrorDetails") -> str:
    key = ".".join(str(part) for part in error["loc"]) or _("the file")
    match error["type"]:
        case "missing":
            return _("{key} is missing").format(key=key)
        case "unexpected_keyword_argument":
            return _("{key} is not a key of contract version {version}").format(
                key=key, version=CONTRACT_VERSION
            )
        case "literal_error":
            return _("{key} is {value}, not {expected}").format(
                key=key, value=error["input"], expected=error.get("ctx", {}).get("expected", "")
            )
        case "string_type":
            return _("{key} is not a single text").format(key=key)
        case "list_type":
            return _("{key} is not a list").format(key=key)
        case _:
            return _("{key}: {message}").format(key=key, message=error["msg"])


def _content_errors(found: ContractInFile) -> Iterator[str]:
    if found.contract != str(CONTRACT_VERSION):
        yield _("contract version {found} is not known, only {known}").format(
            found=found.contract, known=CONTRACT_VERSION
        )
    for key, path in (("kernel", found.kernel), ("initrd", found.initrd)):
        if not _PATH.fullmatch(path) or ".." in PurePosixPath(path).parts:
            yield _("{key} is {path}, not an absolute path").format(key=key, path=path)
    try:
        parse_size(found.minimum_slot)
    except ValueError as error:
        yield _("minimum_slot: {error}").format(error=error)
    yield from _default_errors(found)
    for key in PLACEHOLDERS_OF:
        yield from _template_errors(key, getattr(found.command_lines, key))
    needed = "plain" if found.kind == "system" else "recovery"
    if not getattr(found.command_lines, needed).strip():
        yield _("command_lines.{key} is missing in an image of kind {kind}").format(
            key=needed, kind=found.kind
        )


def _default_errors(found: ContractInFile) -> Iterator[str]:
    locale, keymap = found.default_locale, found.default_keymap
    if locale not in ("", "C.UTF-8", *found.locales):
        yield _("default_locale is {locale}, which is not one of locales").format(locale=locale)
    if keymap and not KEYMAP.allows(keymap):
        yield _("default_keymap: {error}").format(error=_(KEYMAP.what).format(value=repr(keymap)))


def _template_errors(key: str, template: str) -> Iterator[str]:
    known = PLACEHOLDERS_OF[key]
    for placeholder in _PLACEHOLDER.findall(template):
        if placeholder not in known:
            yield _("command_lines.{key} cannot have {placeholder}, only {known}").format(
                key=key,
                placeholder="{" + placeholder + "}",
                known=", ".join("{" + each + "}" for each in sorted(known)),
            )
    rest = _PLACEHOLDER.sub("", template)
    if _BRACES.search(rest):
        yield _("command_lines.{key} has a brace without its partner").format(key=key)
    if not _TEMPLATE.fullmatch(rest):
        yield _(
            "command_lines.{key} has quotation marks, backslashes or characters outside ASCII,"
            " which GRUB would change"
        ).format(key=key)


def _contract(found: ContractInFile) -> Contract:
    lines = found.command_lines
    return Contract(
        kind=ImageKind(found.kind),
        name=found.name,
        version=found.version,
        architecture=found.architecture,
        kernel=PurePosixPath(found.kernel),
        initrd=PurePosixPath(found.initrd),
        command_lines=CommandLines(
            plain=lines.plain,
            encrypted=lines.encrypted,
            recovery=lines.recovery,
            keymap=lines.keymap,
        ),
        accounts=Accounts(found.accounts),
        minimum_slot_bytes=parse_size(found.minimum_slot),
        secure_boot=found.secure_boot == "true",
        home_manager=found.home_manager == "true",
        flatpak=found.flatpak == "true",
        locales=tuple(found.locales),
        default_locale=found.default_locale,
        default_keymap=found.default_keymap,
    )
