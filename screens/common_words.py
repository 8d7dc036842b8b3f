"""The lists of words that zxcvbn knows, in an eighth of the memory that it takes for them itself.

As strings, lists and dicts these 94,000 words are 13 MiB, more than all that the screens have
loaded besides them. A machine that installs from memory has better use for it.
"""

import re
from array import array
from collections.abc import Callable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any, Final

from screens.left_out import left_out

_LIST: Final = re.compile(r'"(\w+)": "([^"]+)"\.split\(","\)')
"""A line of zxcvbn.frequency_lists, which has one for each list."""
_ESCAPED: Final = re.compile(r"\\(.)")
_WORD: Final = re.compile("[^,]+")
_LOADING: Final = Lock()


class Ranks:
    """Which of so many words is how common: 1 is the most common of them.

    A hash table of ranks, half full, beside the words in one text.
    """

    def __init__(self, words: str) -> None:
        """`words` with a comma between them, the most common one first; 65,535 at most."""
        self._words = words
        self._starts = array("I", (found.start() for found in _WORD.finditer(words)))
        self._starts.append(len(words) + 1)
        self._size = 2 * len(self._starts)
        self._ranks = array("H", bytes(2 * self._size))
        for rank, found in enumerate(_WORD.finditer(words), 1):
            slot = hash(found[0]) % self._size
            while self._ranks[slot]:
                slot = (slot + 1) % self._size
            self._ranks[slot] = rank

    def __contains__(self, word: str) -> bool:
        return self._rank(word) > 0

    def __getitem__(self, word: str) -> int:
        rank = self._rank(word)
        if not rank:
            raise KeyError(word)
        return rank

    def _rank(self, word: str) -> int:
        slot = hash(word) % self._size
        while rank := self._ranks[slot]:
            start, following = self._starts[rank - 1], self._starts[rank]
            if self._words[start : following - 1] == word:
                return rank
            slot = (slot + 1) % self._size
        return 0


@cache
def _zxcvbn() -> Callable[[str], dict[str, Any]]:
    with left_out("zxcvbn.frequency_lists", FREQUENCY_LISTS={}):
        import zxcvbn
    from zxcvbn.matching import RANKED_DICTIONARIES

    RANKED_DICTIONARIES.update(_lists())
    function: Callable[[str], dict[str, Any]] = zxcvbn.zxcvbn
    return function


def zxcvbn() -> Callable[[str], dict[str, Any]]:
    """The function, with all words; takes 0.2 s the first time, in any thread."""
    with _LOADING:
        return _zxcvbn()


def _lists() -> Iterator[tuple[str, Ranks]]:
    spec = find_spec("zxcvbn")
    assert spec is not None
    assert spec.origin is not None
    source = Path(spec.origin).with_name("frequency_lists.py")
    with source.open(encoding="utf-8") as lines:
        for line in lines:
            found = _LIST.search(line)
            if found is not None:
                yield found[1], Ranks(_ESCAPED.sub(r"\1", found[2]))
