"""Which slot starts, and how often it may still fail: the model, and its block on disk. Pure.

docs/boot-state.md says what each variable means, and who reads and writes it when.
"""

import dataclasses
import re
from dataclasses import dataclass
from typing import Final

from installer import environment_block

SIZE: Final = 512
"""Bytes of a block: one sector, so that no disk has a half of it written when the power goes."""
SLOTS: Final = ("a", "b")
RECOVERY: Final = "recovery"
TRIES: Final = 3
VERSION: Final = "1"
NOBODY: Final = "-"
VARIABLES: Final = (
    "atomos_version",
    "atomos_order",
    "atomos_a_tries",
    "atomos_a_good",
    "atomos_b_tries",
    "atomos_b_good",
    "atomos_started",
    "atomos_end",
)
"""In the order in which they stand in a block: one that was torn lacks its first or its last."""
CHANGING: Final = VARIABLES[1:-1]
ALLOWED: Final = "1:(ab|ba):([0-3]):([01]):([0-3]):([01]):([ab-]):1"
"""The values of all variables, joined by colons: an expression for Python and for GRUB's regexp."""
ONCE_NAME: Final = "atomos_once"
"""A further variable, which a block need not have: what starts next, for that one start."""
_ONCE_VALUES: Final = {b"a": "a", b"b": "b", b"r": RECOVERY}


@dataclass(frozen=True, kw_only=True)
class SlotState:
    """What is known of a slot."""

    tries: int = TRIES
    """How many more times it is started before it is passed over; 0 to `TRIES`."""
    good: bool = False
    """Whether what it holds has once come up and stayed up."""


@dataclass(frozen=True, kw_only=True)
class BootState:
    """What is known of both; as it stands here where nothing is known."""

    order: tuple[str, str] = SLOTS
    a: SlotState = SlotState()
    b: SlotState = SlotState()
    started: str | None = None
    """The slot whose last start took a try, and that nobody has vouched for since."""
    once: str | None = None
    """What starts the next time only, whatever comes first: a slot, or `RECOVERY`."""

    def slot(self, name: str) -> SlotState:
        """Raises KeyError for what is no slot."""
        return {"a": self.a, "b": self.b}[name]

    def sequence(self, *, has_recovery: bool, resets: bool = False) -> tuple[str, ...]:
        """What starts without anybody's doing, and what after it when it cannot be loaded.

        Slots with tries left, Recovery, slots that were good once, and then the others: an entry
        of the menu is never out of reach. What is asked for once comes before all of them.
        `resets`: a reset was chosen in the menu. A slot carries it out, be it one that has no tries
        left: what makes it fail may be what is reset.
        """
        wished = self.once if has_recovery or self.once != RECOVERY else None
        ranked = self._ranked(has_recovery=has_recovery, recovery_after=1 if resets else 0)
        others = [name for name in ranked if name != wished]
        return (*((wished,) if wished is not None else ()), *others)

    def _ranked(self, *, has_recovery: bool, recovery_after: int) -> tuple[str, ...]:
        ranks = {name: self._rank(name) for name in self.order}
        ranked = [name for rank in range(3) for name in self.order if ranks[name] == rank]
        left = sum(rank <= recovery_after for rank in ranks.values())
        return (*ranked[:left], *((RECOVERY,) if has_recovery else ()), *ranked[left:])

    def choice(self, *, has_recovery: bool) -> str:
        """What starts without anybody's doing: a slot, or `RECOVERY`."""
        return self.sequence(has_recovery=has_recovery)[0]

    def forgotten(self) -> "BootState":
        """As GRUB's menu leaves it when it is read: nothing is asked for once any more."""
        return dataclasses.replace(self, once=None)

    def begun(self, slot: str) -> "BootState":
        """As GRUB's menu leaves it when it starts `slot`, whoever chose it."""
        tries = max(self.slot(slot).tries - 1, 0)
        return dataclasses.replace(self._with_tries(slot, tries), started=slot)

    def refunded(self, slot: str) -> "BootState":
        """As a system that runs from `slot` leaves it before somebody is asked for a passphrase."""
        if self.started != slot:
            return self
        tries = min(self.slot(slot).tries + 1, TRIES)
        return dataclasses.replace(self._with_tries(slot, tries), started=None)

    def taken(self, slot: str) -> "BootState":
        """As a system that runs from `slot` leaves it when the passphrase was right."""
        return self.begun(slot) if self.started is None else self

    def good(self, slot: str) -> "BootState":
        """As a system that runs from `slot` leaves it when it came up and stayed up."""
        state = self._with(slot, SlotState(good=True))
        return dataclasses.replace(state, started=None)

    def installed(self, slots: tuple[str, ...]) -> "BootState":
        """With something new in `slots`: nothing known of them, first in order; others stay."""
        state = self
        for name in slots:
            state = state._with(name, SlotState())
        first, second = (*slots, *(name for name in self.order if name not in slots))
        started = None if self.started in slots else self.started
        return dataclasses.replace(state, order=(first, second), started=started, once=None)

    def opened(self, slot: str) -> "BootState":
        """The same as an update leaves it: what somebody wants of Recovery is done before that."""
        return dataclasses.replace(self.installed((slot,)), once=self._asked_of_recovery)

    def closed(self, slot: str) -> "BootState":
        """As it is while something new is written to `slot`: nothing starts it by itself, and the
        other one comes first, so that nobody takes this one for passed over."""
        other = "b" if slot == "a" else "a"
        return dataclasses.replace(
            self._with(slot, SlotState(tries=0)),
            order=(other, slot),
            started=None if self.started == slot else self.started,
            once=None if self.once == slot else self.once,
        )

    @property
    def known_good(self) -> str | None:
        """The first in order of the slots that have come up and start by themselves; where all are
        closed, the one that was good when they were (see `all_closed`)."""
        if self.is_closed:
            return self.order[-1]
        good = (name for name in self.order if self.slot(name).good and self.slot(name).tries)
        return next(good, None)

    @property
    def is_closed(self) -> bool:
        """Whether no slot starts by itself: what a reset of everything leaves while it goes on."""
        return self.a == self.b == SlotState(tries=0) and self.started is None

    def all_closed(self) -> "BootState":
        """As it is while everything is reset. What was known good comes last in order, by which
        that is found again as long as nothing was written over it."""
        good = self.known_good or self.order[-1]
        other = "b" if good == "a" else "a"
        return self.closed(other).closed(good)

    def preferred(self, slot: str) -> "BootState":
        """With `slot` first from the next start on, and all tries for it; what is asked of Recovery
        is done before that."""
        other = "b" if slot == "a" else "a"
        known = dataclasses.replace(self.slot(slot), tries=TRIES)
        once = self._asked_of_recovery
        return dataclasses.replace(self._with(slot, known), order=(slot, other), once=once)

    @property
    def _asked_of_recovery(self) -> str | None:
        """`once` where it is Recovery's, which may be to reset everything: to forget that word
        would leave people and keys on a disk that somebody has given away."""
        return self.once if self.once == RECOVERY else None

    def next_once(self, name: str) -> "BootState":
        """With `name`, a slot or `RECOVERY`, for the next start only."""
        return dataclasses.replace(self, once=name)

    def values(self) -> dict[str, str]:
        """The values of `VARIABLES`, in that order."""
        values = (
            VERSION,
            "".join(self.order),
            str(self.a.tries),
            str(int(self.a.good)),
            str(self.b.tries),
            str(int(self.b.good)),
            self.started or NOBODY,
            "1",
        )
        return dict(zip(VARIABLES, values, strict=True))

    def to_block(self) -> bytes:
        """A block of `SIZE` bytes that says this."""
        values = self.values()
        if self.once is not None:
            values[ONCE_NAME] = _once_value(self.once)
        lines = "".join(f"{name}={value}\n" for name, value in values.items())
        return (environment_block.SIGNATURE + lines.encode()).ljust(SIZE, b"#")

    def _rank(self, name: str) -> int:
        state = self.slot(name)
        if state.tries:
            return 0
        return 1 if state.good else 2

    def _with(self, name: str, slot: SlotState) -> "BootState":
        if name == "a":
            return dataclasses.replace(self, a=slot)
        if name == "b":
            return dataclasses.replace(self, b=slot)
        raise KeyError(name)

    def _with_tries(self, name: str, tries: int) -> "BootState":
        return self._with(name, dataclasses.replace(self.slot(name), tries=tries))


def parse(data: bytes) -> BootState | None:
    """What a block says, to GRUB and to us; None when one of the variables is missing or wrong.

    Its size is not asked, since GRUB has no way to.
    """
    found = environment_block.read(data)
    if found is None:
        return None
    joined = ":".join(found.get(name.encode(), b"").decode("latin-1") for name in VARIABLES)
    match = re.fullmatch(ALLOWED, joined)
    if match is None:
        return None
    order, a_tries, a_good, b_tries, b_good, started = match.groups()
    return BootState(
        order=(order[0], order[1]),
        a=SlotState(tries=int(a_tries), good=a_good == "1"),
        b=SlotState(tries=int(b_tries), good=b_good == "1"),
        started=None if started == NOBODY else started,
        once=_once_in(data),
    )


def forgetting(data: bytes) -> bytes:
    """The valid block `data` after GRUB's menu was read: what it asked for once is taken back."""
    found = environment_block.read(data)
    if found is None or found.get(ONCE_NAME.encode()) not in _ONCE_VALUES:
        return data
    return environment_block.changed(data, ONCE_NAME.encode(), NOBODY.encode()) or data


def _once_in(data: bytes) -> str | None:
    """What a block asks for once. It counts where GRUB can take it back, so that it is once."""
    found, after = environment_block.read(data) or {}, environment_block.read(forgetting(data))
    if after is None or after.get(ONCE_NAME.encode()) in _ONCE_VALUES:
        return None
    return _ONCE_VALUES.get(found.get(ONCE_NAME.encode(), b""))


def _once_value(once: str | None) -> str:
    """As a block has it: one byte, so that nothing moves when it changes."""
    return NOBODY if once is None else once[0]


def merged(one: BootState | None, other: BootState | None) -> BootState:
    """What two blocks say together, each None when it is not valid.

    They differ when the power went between the two, or when one cannot be written any more. The
    smaller number of tries counts, so that the latter does not keep a broken slot alive for ever.
    """
    if one is None or other is None:
        return one or other or BootState()
    a, b = (
        SlotState(
            tries=min(one.slot(name).tries, other.slot(name).tries),
            good=one.slot(name).good and other.slot(name).good,
        )
        for name in SLOTS
    )
    return dataclasses.replace(one, a=a, b=b)


def begins_with_the_second(before: BootState, after: BootState) -> bool:
    """Whether the second block has to be written first, where one state follows another.

    The first block says the order (see `merged`), and of tries the smaller number counts. So the
    order comes last where what it begins with gets more tries: a power cut between the two would
    leave a slot first that has none, and nobody ever started it.
    """
    first = after.order[0]
    return before.slot(first).tries < after.slot(first).tries


def rewritten(data: bytes, state: BootState) -> bytes | None:
    """The valid block `data` after GRUB's menu saved `state` in it.

    None where GRUB can change nothing in it (see `environment_block.changed`).
    """
    values = state.values()
    block: bytes | None = data
    for name in CHANGING:
        if block is not None:
            block = environment_block.changed(block, name.encode(), values[name].encode())
    return block


def block_with(data: bytes, state: BootState) -> bytes:
    """A block of `SIZE` bytes that says `state`, to be written over a file that holds `data`.

    What somebody else keeps in a valid block stays there.
    """
    if len(data) == SIZE and parse(data) is not None:
        kept = rewritten(data, state)
        if kept is not None and (state.once is not None or ONCE_NAME.encode() in kept):
            value = _once_value(state.once).encode()
            kept = environment_block.changed(kept, ONCE_NAME.encode(), value)
        if kept is not None and parse(kept) == state:
            return kept
    return state.to_block()
