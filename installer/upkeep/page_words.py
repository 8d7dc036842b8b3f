"""What each page of the installed system's screens is called, and what its help says."""

from typing import Final

from installer.page_words import PageWords
from installer.text import N_

LOOKING: Final = PageWords(
    heading=N_("This system"),
    help=N_("What the slots and Recovery hold is being read. Nothing is changed by that."),
)
STATUS: Final = PageWords(
    heading=N_("This system"),
    help=N_(
        "The system is in two slots. One runs and is never written to; the other one is spare: an"
        " update is written there, and starts with the next restart. When it does not come up three"
        " times, the one before starts again by itself. Recovery starts when neither does.\n\n"
        "The same by commands: `atomos status`, `atomos update`, `atomos rollback`, `atomos"
        " boot-next`, `atomos recovery update`."
    ),
)
UNLOCK: Final = PageWords(
    heading=N_("Unlock the disk"),
    help=N_(
        "The passphrase or the recovery key of the disk. Recovery is not encrypted, and sees what"
        " the slots hold only then. Nothing on the disk is changed by that; it stays open until the"
        " machine is started anew.\n\n"
        "The same by a command: `atomos unlock`."
    ),
)
WISH: Final = PageWords(
    heading=N_("Update"),
    help=N_(
        "A release is a folder: on the network, as https://example.org/atomos; on a stick, as"
        " volume:LABEL/atomos; or a path here. Its newest version is taken.\n\n"
        "A release has to be signed by a key that this system trusts (/usr/share/atomos/keys,"
        " /etc/atomos/keys), unless you tick the box."
    ),
)
PLANNING: Final = PageWords(
    heading=N_("Update"),
    help=N_("The release is being looked at. Nothing is written by that."),
)
PLAN: Final = PageWords(
    heading=N_("What will be done"),
    help=N_(
        "What runs is not touched by any of these steps. Wherever they are cut off, it is what"
        " starts next, and the same can be done once more."
    ),
)
WRITING: Final = PageWords(
    heading=N_("Writing"),
    help=N_(
        "What runs is as it was until the last step. You may leave this screen, and even log out:"
        " it goes on, and `atomos log --follow` shows how far it is. F9 stops it."
    ),
)
DONE: Final = PageWords(
    heading=N_("Done"),
    help=N_("What was written starts with the next restart; Recovery only when it is asked for."),
)
TROUBLE: Final = PageWords(
    heading=N_("That was not done"),
    help=N_(
        "Every reason stands above, with what can be done. What runs is as it was, and starts as"
        " before."
    ),
)
RESET: Final = PageWords(
    heading=N_("Reset"),
    help=N_(
        "What was changed on this machine is taken away by the next start of a slot, before"
        " anything of it is in use; until then it can be taken back here. It takes a word that has"
        " to be typed. People and their homes stay, unless it is everything, which Recovery does."
    ),
)
ONCE: Final = PageWords(
    heading=N_("Start something else once"),
    help=N_(
        "What you choose starts with the next restart, that once; the start after it is as ever. A"
        " slot need not be known good for it."
    ),
)
