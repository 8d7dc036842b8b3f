"""How a run is spoken of to people: an installation, an update of a slot or of Recovery. Pure."""

from dataclasses import dataclass, replace
from typing import Final

from installer.text import N_


@dataclass(frozen=True, kw_only=True)
class RunWords:
    """Texts that are not translated yet (`N_`), with what is filled in."""

    begins: str
    """``{disk}``: its name."""
    finished: str
    """``{seconds}``: how long it took."""
    stopped: str
    killed: str
    """Of the process; ``{signal}``: by what."""
    silent: str
    """That it died, and nobody is left to tell how."""
    after_death: str
    """What can be done then; ``{log}``: what the process itself has said."""
    rights: str
    """What it takes where the run directory cannot be written."""
    is_on: str
    """To whoever comes second."""
    is_on_by: str
    """The same, with who came first: ``{holder}``."""
    wait: str


INSTALL: Final = RunWords(
    begins=N_("Installing onto {disk}."),
    finished=N_("AtomOS is installed, after {seconds:.0f} s."),
    stopped=N_(
        "Stopped, as asked. The disk is not complete: install again, and it goes on from here."
    ),
    killed=N_("The process that installs was killed ({signal})."),
    silent=N_("The installation died without a word."),
    after_death=N_(
        "Look at {log} and at dmesg (memory may have run out), then install again: it goes on"
        " where it ended."
    ),
    rights=N_("Installing needs the rights of root: start it with sudo."),
    is_on=N_("Another installation is running on this machine."),
    is_on_by=N_("Another installation is running on this machine: {holder}."),
    wait=N_("Wait for its end; `atomos-install attach` shows how far it is."),
)
UPDATE: Final = RunWords(
    begins=N_("Updating {disk}."),
    finished=N_("Written and verified, after {seconds:.0f} s. It starts with the next restart."),
    stopped=N_(
        "Stopped, as asked. What runs is as it was, and starts as before; the other slot may"
        " hold nothing that starts until it is written anew."
    ),
    killed=N_("The process that writes the slot was killed ({signal})."),
    silent=N_("What was to write the slot died without a word."),
    after_death=N_(
        "What runs is as it was. Look at {log} and at dmesg (memory may have run out), then try"
        " again: the slot is written anew."
    ),
    rights=N_("Writing a slot needs the rights of root: start it with sudo."),
    is_on=N_("Something else is being written on this machine."),
    is_on_by=N_("Something else is being written on this machine: {holder}."),
    wait=N_("Wait for its end; `atomos log --follow` shows how far it is."),
)
DOWNLOAD: Final = replace(
    UPDATE,
    finished=N_("Written and verified, after {seconds:.0f} s. `atomos update` has it start next."),
)
AFTER_RECOVERY: Final = replace(
    UPDATE,
    finished=N_(
        "Written and verified, after {seconds:.0f} s. Recovery starts next, as was asked for, and"
        " this after it."
    ),
)
RENEW_RECOVERY: Final = RunWords(
    begins=N_("Updating Recovery on {disk}."),
    finished=N_("Done and verified, after {seconds:.0f} s. Recovery is whole."),
    stopped=N_(
        "Stopped, as asked. Both slots are as they were, and start as before. Recovery may hold"
        " nothing that starts until it is written anew: `atomos recovery update`."
    ),
    killed=N_("The process that writes Recovery was killed ({signal})."),
    silent=N_("What was to write Recovery died without a word."),
    after_death=N_(
        "Both slots are as they were. Look at {log} and at dmesg (memory may have run out), then"
        " try again: Recovery is written anew."
    ),
    rights=N_("Writing Recovery needs the rights of root: start it with sudo."),
    is_on=UPDATE.is_on,
    is_on_by=UPDATE.is_on_by,
    wait=UPDATE.wait,
)
