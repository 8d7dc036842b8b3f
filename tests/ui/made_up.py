"""Languages that nobody speaks: one of long words, one of wide letters and from the right."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.unit.test_text import entries

LONGER = 0.4
"""A German or a Finn says in so many more letters what is said in English."""
_KEPT = re.compile(r"(\{[^{}]*\}|`[^`]*`|https?:\S*|\w*\d\w*|[^\w{`]+)")
"""What is filled in, typed, or no word stays as it is."""
_HEBREW = "אבגדהוזחטילמנסעפצקרשת"
_CHINESE = "安装系统磁盘语言键盘文件网络"


def long_words(message: str) -> str:
    """40 % more letters, spread over the words."""
    owed = 0.0

    def longer(word: str) -> str:
        nonlocal owed
        owed += len(word) * LONGER
        more, owed = int(owed), owed - int(owed)
        return word + ("äöüß" * more)[:more]

    return _by_word(message, longer)


def wide_and_from_the_right(message: str) -> str:
    """Words of Chinese, which take two cells a letter, and of Hebrew; as wide as English."""
    count = 0

    def other(word: str) -> str:
        nonlocal count
        count += 1
        if count % 2:
            return (_CHINESE * len(word))[: (len(word) + 1) // 2]
        return (_HEBREW * len(word))[: len(word)]

    return _by_word(message, other)


def make(folder: Path, code: str, say: Callable[[str], str]) -> None:
    """A catalogue `code` in `folder`, of every message."""
    where = folder / code / "LC_MESSAGES"
    where.mkdir(parents=True)
    blocks = [
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n'
        'Plural-Forms: nplurals=1; plural=0;\\n"\n'
    ]
    blocks += [f"msgid {_quoted(each)}\nmsgstr {_quoted(say(each))}\n" for each in entries("de")]
    source = where / "atomos.po"
    source.write_text("\n".join(blocks), encoding="utf-8")
    subprocess.run(["msgfmt", "--output-file", where / "atomos.mo", source], check=True)


def _by_word(message: str, change: Callable[[str], str]) -> str:
    parts = _KEPT.split(message)
    return "".join(
        part if number % 2 or not part else change(part) for number, part in enumerate(parts)
    )


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
