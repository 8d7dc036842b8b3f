"""The words that zxcvbn knows, kept in less memory: the same ranks, and the same judgement."""

import importlib
import subprocess
import sys

import pytest

from screens.common_words import Ranks, _lists, zxcvbn

PASSPHRASES = (
    "password",
    "P4ssw0rd1!",
    "violin kettle moss orbit",
    "drowssap",
    "qwertyuiop",
    "abcabcabcabc",
    "13.05.1987 smith",
    "Zürich, 8000",
    "you,i",
    ",",
)


def test_every_word_has_the_rank_that_zxcvbn_gives_it() -> None:
    lists = importlib.import_module("zxcvbn.frequency_lists").FREQUENCY_LISTS
    ours = dict(_lists())
    assert list(ours) == list(lists)
    for name, words in lists.items():
        assert [ours[name][word] for word in words] == list(range(1, len(words) + 1))


def test_what_is_no_word_has_no_rank() -> None:
    ranks = Ranks("the,of,and")
    assert ranks["of"] == 2
    for word in ("", "o", "off", "the,of", "and,", ",", "ànd"):
        assert word not in ranks
        with pytest.raises(KeyError):
            ranks[word]


def test_what_is_said_of_a_passphrase_is_what_zxcvbn_says() -> None:
    # In a process of its own: both keep their lists in the same module.
    code = (
        "import sys, json; from zxcvbn import zxcvbn;"
        " print(json.dumps([zxcvbn(each)['guesses_log10'] for each in sys.argv[1:]]))"
    )
    argv = [sys.executable, "-c", code, *PASSPHRASES]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert [zxcvbn()(each)["guesses_log10"] for each in PASSPHRASES] == pytest.approx(
        [float(each) for each in done.stdout.strip("[]\n").split(",")]
    )
