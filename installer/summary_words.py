"""The plan as a person reads it before they agree: what hurts first."""

from collections.abc import Iterator

from installer.answers import LayoutKind
from installer.answers_connection import Network
from installer.connection import connection_of
from installer.draft import Draft
from installer.entry_words import source_words
from installer.operations.free_disk import FreeDisk
from installer.partition_lines import partition_lines
from installer.passage import Passage, Tone
from installer.printable import printable
from installer.quantity import format_size
from installer.session import Plan
from installer.settings_choice import DEFAULTS
from installer.text import _


def ask_for(plan: Plan, draft: Draft) -> str:
    """What typing the disk's name means; the name is still to be filled in."""
    if plan.resumes is not None:
        return _("To go on with the installation onto this disk, type its name: {name}")
    if draft.keeps:
        return _("To install AtomOS on this disk and keep what stays, type its name: {name}")
    return _("To erase this disk and install AtomOS on it, type its name: {name}")


def told(plan: Plan, draft: Draft, *, was_to_go_on: bool) -> tuple[Passage, ...]:
    """The plan in words. `was_to_go_on`: there was less to go on with than was thought."""
    notices = (
        [Passage(text=_list(plan.notices), tone=Tone.NOTICE, ends=True)] if plan.notices else []
    )
    new = [
        *_told_of_the_new(plan, draft),
        Passage(text=_("Step by step"), tone=Tone.STRONG),
        Passage(text="\n".join(_numbered(plan))),
    ]
    old = _told_of_the_old(plan, draft)
    if plan.resumes is not None:
        return (*notices, *_told_of_the_lost(plan), *old, *new)
    if was_to_go_on:
        refused = _("It cannot go on where it ended: everything is done from the beginning.")
        anew = Passage(text=refused, tone=Tone.DANGER)
        return (anew, *notices, *_told_of_the_lost(plan), *old, *new)
    return (*_told_of_the_lost(plan), *old, *notices, *new)


def _told_of_the_lost(plan: Plan) -> Iterator[Passage]:
    """What is not lost yet: what the steps did that are done is past."""
    lost = tuple(each for step in plan.to_do for each in step.destroys())
    name = f"{printable(plan.disk.name)}, {format_size(plan.disk.size_bytes)}"
    if not lost and plan.resumes is not None:
        words = _("Nothing more will be lost on {disk}: what was to go is gone.")
        yield Passage(text=words.format(disk=name), tone=Tone.GOOD, ends=True)
        return
    words = _("WILL BE LOST, for good, on {disk}:")
    yield Passage(text=words.format(disk=name), tone=Tone.DANGER)
    yield Passage(text=_list(lost), tone=Tone.DANGER, ends=True)


def _told_of_the_old(plan: Plan, draft: Draft) -> Iterator[Passage]:
    """What is ended, what stays, and that an AtomOS goes."""
    ended = tuple(
        use for each in plan.operations if isinstance(each, FreeDisk) for use in each.uses
    )
    if ended:
        yield Passage(text=_("Will be ended first"), tone=Tone.STRONG)
        yield Passage(text=_list(ended), tone=Tone.NOTICE, ends=True)
    if plan.kept:
        yield Passage(text=_("Stays"), tone=Tone.STRONG)
        yield Passage(text=_list(plan.kept), tone=Tone.GOOD, ends=True)
    if draft.reinstall and not draft.keeps and plan.resumes is None:
        words = _("This disk holds an AtomOS already, with its users and files: it goes too.")
        yield Passage(text=words, tone=Tone.DANGER, ends=True)


def _told_of_the_new(plan: Plan, draft: Draft) -> Iterator[Passage]:
    """What will be on the disk, and where it comes from."""
    yield Passage(text=_("What will be on it"), tone=Tone.STRONG, after_bars=True)
    yield Passage(text=partition_lines(plan.table), ends=True)
    installed = _("{system} will be installed")
    yield Passage(text=installed.format(system=printable(plan.system)))
    if plan.signed_by is not None:
        yield Passage(text=_("Signed by {who}").format(who=printable(plan.signed_by)))
    size = sum(each.writes_bytes() for each in plan.to_do)
    yield Passage(
        text=_("{size} will be written, from {source}").format(
            size=format_size(size), source=source_words(draft.source_url)
        )
    )
    yield Passage(text=_encryption(draft))
    if draft.keeps:
        yield Passage(text=_("Accounts and host name as they were"), ends=True)
    else:
        user = _("User {user}, host name {host}")
        yield Passage(text=user.format(user=draft.user_name, host=draft.host_name))
        yield Passage(text=_("Time zone {zone}").format(zone=draft.timezone or DEFAULTS.timezone))
        if not draft.home_manager:
            yield Passage(text=_("No home-manager: the home directory begins empty"))
        yield Passage(text=_network(draft.network), ends=True)


def _network(network: Network) -> str:
    """What is not set up is said too: one would look for it."""
    if connection_of(network) is None:
        return _("No network is set up: a cable connects by itself, Wi-Fi once you choose it")
    if network.ssid is not None:
        return _("Wi-Fi {name} is joined at each start").format(name=printable(network.ssid))
    if network.address is not None:
        return _("Network address {address}").format(address=network.address)
    return _("Network over {interface}").format(interface=network.interface)


def _encryption(draft: Draft) -> str:
    if draft.layout is LayoutKind.PLAIN:
        return _("Not encrypted: whoever has the disk can read it")
    if draft.keeps:
        return _("Encrypted, with the passphrase and keys that it has")
    words = (
        _("Encrypted, with your passphrase and a recovery key")
        if draft.wants_recovery_key
        else _("Encrypted, with your passphrase and no recovery key")
    )
    if not draft.header_backup:
        return words
    copy = _("{words}; a copy of its header on {partition}")
    return copy.format(words=words, partition=draft.header_backup)


def _list(words: tuple[str, ...]) -> str:
    return "\n".join(f"- {printable(each)}" for each in words)


def _numbered(plan: Plan) -> Iterator[str]:
    """Each step; where some are done already, they are marked."""
    done = plan.done_already
    marks = {True: _("done"), False: ""}
    width = max(len(mark) for mark in marks.values()) + 2 if done else 0
    for number, each in enumerate(plan.operations, start=1):
        mark = marks[each.id in done]
        yield f"{mark:<{width}}{number:>2}  {printable(each.sentence())}"
