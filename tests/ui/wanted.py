"""What the person of the stories types, and the answers that come of it; without Textual."""

from installer.answers import Answers, DiskChoice, Keep, LayoutKind, Source, User
from installer.secret import Secret
from screens.drawn_key import DrawnKey
from tests.ui.fake_session import SOURCE

PASSPHRASE = "violin kettle moss orbit"
PASSWORD = "correct horse"
GROUPS = ("cbdefghi", "jklnrtuv", "ubheidnr", "kltgvcfj")
GROUP = 2
"""Which of them is asked for, counted from 0."""
RECOVERY_KEY = "-".join(GROUPS)
WANTED = Answers(
    version=1,
    disk=DiskChoice(path="/dev/vda"),
    wipe=True,
    layout=LayoutKind.ENCRYPTED,
    passphrase=Secret(PASSPHRASE),
    recovery_key=Secret(RECOVERY_KEY),
    source=Source(url=SOURCE, allow_unsigned=True),
    user=User(name="ada", full_name="Ada Lovelace", password=Secret(PASSWORD)),
    hostname="engine",
    timezone="UTC",
)
"""A new installation."""
KEPT = Answers(
    version=1,
    disk=DiskChoice(path="/dev/vda"),
    wipe=False,
    reinstall=True,
    keep=Keep.DATA,
    layout=LayoutKind.ENCRYPTED,
    passphrase=Secret(PASSPHRASE),
    source=Source(url=SOURCE, allow_unsigned=True),
    user=None,
    hostname=None,
)
"""The data of an encrypted AtomOS are kept."""


def draw_key() -> DrawnKey:
    """Always the same."""
    return DrawnKey(key=Secret(RECOVERY_KEY), group=GROUP)
