"""Two systems' account files made one."""

import pytest

from backends.account_rows import AccountRows, clashes, merged

IMAGE = {
    "passwd": "root:x:0:0:root:/root:/bin/sh\nrelay:x:990:990::/:/usr/sbin/nologin\n",
    "shadow": "root:*:20000::::::\nrelay:!:20000::::::\n",
    "group": "root:x:0:\nsudo:x:27:\nusers:x:100:\nrelay:x:990:\n",
    "gshadow": "root:*::\nsudo:*::\nusers:*::\nrelay:!::\n",
    "subuid": "relay:100000:65536\n",
    "subgid": "",
}
OLD = {
    "passwd": (
        "root:x:0:0:root:/root:/bin/bash\n"
        "gone:x:991:991::/:/usr/sbin/nologin\n"
        "ada:x:1000:1000:Ada\u2028Lovelace:/home/ada:/bin/bash\n"
        "bob:x:1001:100::/home/bob:/bin/sh\n"
        "nobody:x:65534:65534::/:/usr/sbin/nologin\n"
    ),
    "shadow": (
        "root:$6$root:20000:0:99999:7:::\ngone:!:1::::::\n"
        "ada:$6$ada:20000:0:99999:7:::\nbob:$6$bob:20000:0:99999:7:::\n"
    ),
    "group": (
        "root:x:0:\nsudo:x:27:ada,gone\nusers:x:100:\ngone:x:991:bob\n"
        "ada:x:1000:\nfamily:x:1500:bob,ada,gone\n"
    ),
    "gshadow": "sudo:*::ada,gone\nada:!::\nfamily:!::bob,ada\n",
    "subuid": "ada:200000:65536\n1001:300000:65536\nada:400000:65536\ngone:1:1\n",
    "subgid": "ada:200000:65536\n",
}


def rows(**changes: str) -> AccountRows:
    return AccountRows({**OLD, **changes})


def merge(**changes: str) -> dict[str, list[str]]:
    texts = merged(AccountRows(IMAGE), rows(**changes))
    assert all(text == "" or text.endswith("\n") for text in texts.values())
    return {name: text.split("\n")[:-1] for name, text in texts.items()}


def test_people_are_those_with_numbers_of_people() -> None:
    assert rows().people() == {"ada": 1000, "bob": 1001}


def test_people_are_added_and_system_accounts_are_the_images() -> None:
    found = merge()
    assert found["passwd"] == [
        "root:x:0:0:root:/root:/bin/sh",
        "relay:x:990:990::/:/usr/sbin/nologin",
        "ada:x:1000:1000:Ada\u2028Lovelace:/home/ada:/bin/bash",
        "bob:x:1001:100::/home/bob:/bin/sh",
    ]
    assert found["shadow"] == [
        "root:$6$root:20000:0:99999:7:::",
        "relay:!:20000::::::",
        "ada:$6$ada:20000:0:99999:7:::",
        "bob:$6$bob:20000:0:99999:7:::",
    ]
    assert found["subuid"] == [
        "relay:100000:65536",
        "ada:200000:65536",
        "ada:400000:65536",
        "1001:300000:65536",
    ]


def test_people_stay_in_the_groups_that_the_image_has() -> None:
    found = merge()
    assert found["group"] == [
        "root:x:0:",
        "sudo:x:27:ada",
        "users:x:100:",
        "relay:x:990:",
        "ada:x:1000:",
        "family:x:1500:bob,ada",
    ]
    assert "sudo:*::ada" in found["gshadow"]
    assert "family:!::bob,ada" in found["gshadow"]


def test_again_is_the_same() -> None:
    once = merged(AccountRows(IMAGE), rows())
    assert merged(AccountRows(IMAGE), AccountRows(once)) == once


def test_a_second_line_of_a_name_is_not_carried_over() -> None:
    found = merge(passwd=f"{OLD['passwd']}ada:x:0:0::/:/bin/sh\n")
    assert [line for line in found["passwd"] if line.startswith("ada:")] == [
        "ada:x:1000:1000:Ada\u2028Lovelace:/home/ada:/bin/bash"
    ]


@pytest.mark.parametrize(
    "line", ["", "# a comment", "+::::::", "torn:x:1002", "eve:x::1::/:/bin/sh"]
)
def test_lines_that_are_no_accounts(line: str) -> None:
    assert merge(passwd=f"{line}\n{OLD['passwd']}") == merge()


def test_a_group_of_the_image_that_is_somebodys_first_one_stays_the_images() -> None:
    assert merge()["group"].count("users:x:100:") == 1
    assert clashes(AccountRows(IMAGE), rows()) == ()


@pytest.mark.parametrize(
    ("file", "line", "words"),
    [
        ("passwd", "ada:x:900:900::/:/x", "an account ada of its own"),
        ("passwd", "kiosk:x:1001:1001::/:/x", "the number 1001 of bob to its own account kiosk"),
        ("group", "family:x:900:", "a group family of its own"),
        ("group", "kiosk:x:1500:", "the number 1500 of the group family to its own group kiosk"),
    ],
)
def test_clashes(file: str, line: str, words: str) -> None:
    image = AccountRows({**IMAGE, file: f"{IMAGE[file]}{line}\n"})
    (found,) = clashes(image, rows())
    assert words in found


def test_several_clashes_are_all_said() -> None:
    image = AccountRows({**IMAGE, "passwd": "ada:x:1:1::/:/x\nbob:x:2:2::/:/x\n"})
    assert len(clashes(image, rows())) == 2


def test_a_person_whom_the_image_has_too() -> None:
    image = AccountRows({**IMAGE, "passwd": "ada:x:1000:1000:image's:/:/x\n"})
    assert clashes(image, rows()) == ()
    assert "image's" not in merged(image, rows())["passwd"]
