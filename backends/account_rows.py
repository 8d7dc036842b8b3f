"""Account files as rows, and two systems' files made one. Pure.

Formats: passwd(5), shadow(5), group(5), gshadow(5), subuid(5), subgid(5).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from installer.text import _

PEOPLE: Final = range(1000, 60000)
"""Ids of people (Debian Policy 9.2.2, login.defs(5)); smaller ones belong to the image."""
ACCOUNT_FILES: Final = ("passwd", "shadow", "group", "gshadow", "subuid", "subgid")
_NO_PASSWORD: Final = ("!", "!!", "*")
"""In shadow(5), of useradd in Debian, in Fedora and of adduser; a locked password follows its !."""
_FIELDS: Final = {"passwd": 7, "shadow": 9, "group": 4, "gshadow": 4, "subuid": 3, "subgid": 3}

Texts = Mapping[str, str]
"""Name of an account file → what it holds; "" where there is none."""
Row = list[str]


@dataclass(frozen=True)
class AccountRows:
    """The account files of one system."""

    texts: Texts

    def rows(self, file: str) -> Iterator[Row]:
        """Well-formed rows; NIS lines, comments and torn lines are passed over."""
        for line in lines_of(self.texts.get(file, "")):
            fields = line.split(":")
            if fields[0] and len(fields) == _FIELDS[file]:
                yield fields

    def ids(self, file: str) -> dict[str, int]:
        """Name → uid of passwd, or gid of group. The first of a name counts, as it does in libc."""
        found: dict[str, int] = {}
        for row in self.rows(file):
            if row[2].isdecimal():
                found.setdefault(row[0], int(row[2]))
        return found

    def people(self) -> dict[str, int]:
        """Login name → uid of everybody who is no system account."""
        return {name: uid for name, uid in self.ids("passwd").items() if uid in PEOPLE}

    def never_opened(self) -> frozenset[str]:
        """Names that never had a password: useradd makes them so, and passwd -l does not."""
        return frozenset(row[0] for row in self.rows("shadow") if row[1] in _NO_PASSWORD)

    def groups_of_people(self) -> dict[str, int]:
        """Groups that are not the image's: by their number, or somebody's first group."""
        people = self.people()
        rows = (row for row in self.rows("passwd") if row[0] in people and row[3].isdecimal())
        first = {int(row[3]) for row in rows}
        groups = self.ids("group")
        return {name: gid for name, gid in groups.items() if gid in PEOPLE or gid in first}

    def members(self, file: str) -> dict[str, tuple[str, ...]]:
        """Group → its further members, of group or gshadow."""
        return {row[0]: tuple(filter(None, row[3].split(","))) for row in self.rows(file)}


def lines_of(text: str) -> list[str]:
    """Lines as libc sees them: str.splitlines would also end one at U+2028 in somebody's name."""
    return text.removesuffix("\n").split("\n") if text else []


def clashes(image: AccountRows, old: AccountRows) -> tuple[str, ...]:
    """Why people of `old` cannot live beside the accounts of `image`, each reason a sentence."""
    return (
        *_clashes(
            image.ids("passwd"),
            old.people(),
            _("The image has an account {name} of its own, of another number than the person's."),
            _("The image gives the number {id} of {name} to its own account {other}."),
        ),
        *_clashes(
            image.ids("group"),
            old.groups_of_people(),
            _("The image has a group {name} of its own, of another number than the one on disk."),
            _("The image gives the number {id} of the group {name} to its own group {other}."),
        ),
    )


def merged(image: AccountRows, old: AccountRows) -> dict[str, str]:
    """The files of `image` with the people of `old` in them, and the password of its root.

    System accounts are the image's. People stay in those groups that the image has too. Without
    `clashes` no name and no number stands for two.
    """
    people = set(old.people())
    numbers = {str(uid) for uid in old.people().values()}
    own = set(image.ids("group"))
    groups = set(old.groups_of_people()) - own
    known = people | set(image.ids("passwd"))
    texts = {
        "passwd": _with_rows(image, old, "passwd", people),
        "shadow": _with_rows(image, old, "shadow", people | {"root"}),
        "subuid": _with_rows(image, old, "subuid", people | numbers),
        "subgid": _with_rows(image, old, "subgid", people | numbers),
    }
    for file in ("group", "gshadow"):
        text = _with_rows(image, old, file, groups)
        texts[file] = _with_members(text, file, old, people=people, known=known)
    return texts


def _clashes(
    image: Mapping[str, int], old: Mapping[str, int], same_name: str, same_id: str
) -> Iterator[str]:
    by_id = {number: name for name, number in image.items()}
    for name, number in sorted(old.items()):
        if image.get(name, number) != number:
            yield same_name.format(name=name)
        elif by_id.get(number, name) != name:
            yield same_id.format(id=number, name=name, other=by_id[number])


def _with_rows(image: AccountRows, old: AccountRows, file: str, names: Collection[str]) -> str:
    """The image's file, in which the rows of `names` are the old ones where there are any.

    Only ranges of subordinate ids may stand several times for one name.
    """
    carried: dict[str, list[str]] = {}
    for row in old.rows(file):
        if row[0] in names and (file.startswith("sub") or row[0] not in carried):
            carried.setdefault(row[0], []).append(":".join(row))
    lines: list[str] = []
    for line in lines_of(image.texts.get(file, "")):
        name = line.split(":", 1)[0]
        # In their place where the image has one (root in shadow), behind the others where not.
        lines += carried.pop(name, []) if name in carried else [line]
    lines += [line for each in carried.values() for line in each]
    return _joined(lines)


def _with_members(
    text: str, file: str, old: AccountRows, *, people: Collection[str], known: Collection[str]
) -> str:
    """`text` of group or gshadow, with the people who were members; nobody who is unknown."""
    before = old.members(file)
    lines = []
    for line in lines_of(text):
        row = line.split(":")
        if len(row) == _FIELDS[file]:
            now = [each for each in row[3].split(",") if each in known]
            now += [each for each in before.get(row[0], ()) if each in people]
            row[3] = ",".join(dict.fromkeys(now))
        lines.append(":".join(row))
    return _joined(lines)


def _joined(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
