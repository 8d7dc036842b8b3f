"""The model of the boot state, and its blocks."""

import dataclasses
import itertools
import random

import pytest

from installer import environment_block
from installer.boot_state import (
    ONCE_NAME,
    RECOVERY,
    SIZE,
    SLOTS,
    TRIES,
    BootState,
    SlotState,
    begins_with_the_second,
    block_with,
    forgetting,
    merged,
    parse,
    rewritten,
)

BLOCK = b"""\
# GRUB Environment Block
atomos_version=1
atomos_order=ba
atomos_a_tries=0
atomos_a_good=1
atomos_b_tries=2
atomos_b_good=0
atomos_started=b
atomos_end=1
"""
STATE = BootState(
    order=("b", "a"), a=SlotState(tries=0, good=True), b=SlotState(tries=2), started="b"
)
NEVER = SlotState(tries=0)
ONCE = SlotState(tries=0, good=True)


def whole(text: bytes) -> bytes:
    return text.ljust(SIZE, b"#")


def every_state() -> list[BootState]:
    slots = [SlotState(tries=tries, good=good) for tries in range(4) for good in (False, True)]
    orders: list[tuple[str, str]] = [("a", "b"), ("b", "a")]
    return [
        BootState(order=order, a=a, b=b, started=started)
        for order, a, b, started in itertools.product(orders, slots, slots, (None, *SLOTS))
    ]


def test_a_block_says_everything_in_one_sector() -> None:
    assert STATE.to_block() == whole(BLOCK)
    assert parse(whole(BLOCK)) == STATE


def test_every_state_is_read_back_and_never_moves_another_variable() -> None:
    first = STATE.to_block()
    for state in every_state():
        block = state.to_block()
        assert len(block) == SIZE == 512
        assert parse(block) == state
        assert [line.split(b"=")[0] for line in block.splitlines()] == [
            line.split(b"=")[0] for line in first.splitlines()
        ]
        assert rewritten(first, state) == block


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"# GRUB", b"# Grub"),
        (b"atomos_version=1\n", b"atomos_version=2\n"),
        (b"atomos_order=ba\n", b"atomos_order=aa\n"),
        (b"atomos_a_tries=0\n", b"atomos_a_tries=4\n"),
        (b"atomos_a_tries=0\n", b"atomos_a_tries=-1\n"),
        (b"atomos_a_tries=0\n", b"atomos_a_tries=00\n"),
        (b"atomos_a_good=1\n", b"atomos_a_good=yes\n"),
        (b"atomos_a_good=1\n", b"atomos_a_good=1 \n"),
        (b"atomos_b_tries=2\n", b"atomos_b_tries=\n"),
        (b"atomos_b_tries=2\n", b""),
        (b"atomos_b_good=0\n", b"atomos_b_good=2\n"),
        (b"atomos_started=b\n", b"atomos_started=recovery\n"),
        (b"atomos_started=b\n", b"atomos_started=2:0\n"),
        (b"atomos_end=1\n", b""),
        (b"atomos_end=1\n", b"atomos_end=1"),
        (b"atomos_order=ba\n", b"no equals sign\natomos_order=ba\n"),
    ],
)
def test_what_is_not_a_valid_block(old: bytes, new: bytes) -> None:
    assert old in BLOCK
    assert parse(whole(BLOCK.replace(old, new))) is None


@pytest.mark.parametrize("length", [0, 1, 25, 26, 100, len(BLOCK) - 1])
def test_a_block_that_ends_early_is_not_valid(length: int) -> None:
    assert parse(whole(BLOCK)[:length]) is None


@pytest.mark.parametrize("pattern", [b"\0", b"\xff", b"#", b"=\n"])
def test_a_sector_of_something_else_is_not_valid(pattern: bytes) -> None:
    assert parse((pattern * SIZE)[:SIZE]) is None


def test_random_bytes_are_never_an_error() -> None:
    rng = random.Random(5)
    for _each in range(2000):
        data = bytearray(whole(BLOCK))
        for _place in range(rng.randrange(1, 40)):
            data[rng.randrange(len(data))] = rng.choice(b"\\\n\0#=ab01:x")
        state = parse(bytes(data))
        assert state is None or parse(state.to_block()) == state


def test_a_size_that_grub_cannot_see_is_not_asked() -> None:
    assert parse(BLOCK) == parse(BLOCK.ljust(1024, b"#")) == STATE


def test_what_grub_reads_is_read() -> None:
    """The last of two, a backslash before a character, what stands before a NUL."""
    odd = BLOCK.replace(b"atomos_end=1\n", b"atomos_order=\\a\\b\natomos_end=1\0x\nroot=y\n")
    state = parse(whole(odd))
    assert state is not None
    assert state.order == ("a", "b")


def test_where_both_are_valid_the_smaller_number_of_tries_counts() -> None:
    one = BootState(order=("b", "a"), a=SlotState(tries=3, good=True), started="a")
    other = BootState(a=SlotState(tries=1), b=SlotState(tries=2, good=True), started="b")
    assert merged(one, other) == BootState(
        order=("b", "a"), a=SlotState(tries=1), b=SlotState(tries=2), started="a"
    )
    assert merged(other, one).order == ("a", "b")
    assert merged(other, one).started == "b"
    both = BootState(a=ONCE)
    assert merged(both, both).a.good


def test_one_valid_block_is_enough_and_without_any_nothing_is_known() -> None:
    assert merged(STATE, None) == merged(None, STATE) == STATE
    assert merged(None, None) == BootState()
    assert BootState() == BootState(
        order=("a", "b"),
        a=SlotState(tries=3, good=False),
        b=SlotState(tries=3, good=False),
        started=None,
    )


@pytest.mark.parametrize(
    ("state", "starts", "without_recovery"),
    [
        (BootState(), "a b recovery", "a b"),
        (BootState(order=("b", "a")), "b a recovery", "b a"),
        (BootState(a=SlotState(tries=1)), "a b recovery", "a b"),
        (BootState(a=NEVER), "b recovery a", "b a"),
        (BootState(a=ONCE), "b recovery a", "b a"),
        (BootState(order=("b", "a"), b=NEVER), "a recovery b", "a b"),
        (BootState(a=NEVER, b=NEVER), "recovery a b", "a b"),
        (BootState(a=NEVER, b=ONCE), "recovery b a", "b a"),
        (BootState(a=ONCE, b=ONCE), "recovery a b", "a b"),
        (BootState(order=("b", "a"), a=NEVER, b=NEVER), "recovery b a", "b a"),
        (BootState(order=("b", "a"), a=ONCE, b=NEVER), "recovery a b", "a b"),
    ],
)
def test_what_starts(state: BootState, starts: str, without_recovery: str) -> None:
    assert " ".join(state.sequence(has_recovery=True)) == starts
    assert " ".join(state.sequence(has_recovery=False)) == without_recovery
    assert state.choice(has_recovery=True) == starts.split()[0]


@pytest.mark.parametrize(
    ("state", "starts"),
    [
        (BootState(), "a b recovery"),
        (BootState(a=ONCE, b=ONCE), "a b recovery"),
        (BootState(order=("b", "a"), a=ONCE, b=NEVER), "a recovery b"),
        # Both are written anew: what is in them may be half of an image.
        (BootState(a=NEVER, b=NEVER), "recovery a b"),
    ],
)
def test_a_reset_is_carried_out_by_a_slot_even_where_all_tries_are_used_up(
    state: BootState, starts: str
) -> None:
    """Recovery came instead, without a word of the reset, where /etc had failed both slots."""
    assert " ".join(state.sequence(has_recovery=True, resets=True)) == starts


def test_nothing_is_ever_out_of_reach() -> None:
    for state in every_state():
        assert sorted(state.sequence(has_recovery=True)) == ["a", "b", "recovery"]
        assert sorted(state.sequence(has_recovery=False)) == ["a", "b"]


def test_three_starts_of_the_first_three_of_the_other_and_then_recovery() -> None:
    state = BootState()
    started = []
    while (name := state.choice(has_recovery=True)) in SLOTS:
        started.append(name)
        state = state.begun(name)
    assert started == ["a"] * TRIES + ["b"] * TRIES
    assert state.begun("a").a.tries == 0


def test_a_good_start_refills_the_tries() -> None:
    state = BootState().begun("a").begun("a").good("a")
    assert state == BootState(a=SlotState(tries=3, good=True))


def test_a_good_slot_counts_its_tries_too() -> None:
    state = BootState(a=SlotState(good=True))
    for _each in range(TRIES):
        state = state.begun("a")
    assert state.choice(has_recovery=True) == "b"


def test_a_start_that_ends_at_the_prompt_costs_no_try_however_often() -> None:
    state = BootState()
    for _each in range(10):
        state = state.begun("a").refunded("a")
        assert state == BootState()
    after = state.begun("a").refunded("a").taken("a")
    assert after == BootState().begun("a")
    assert after.taken("a") == after


def test_a_refund_is_once_and_for_the_slot_that_was_started() -> None:
    state = BootState().begun("a")
    assert state.refunded("b") == state
    assert state.refunded("a").refunded("a") == BootState()
    full = BootState(started="a")
    assert full.refunded("a").a.tries == TRIES


def test_something_new_in_a_slot_is_not_held_responsible_for_the_old() -> None:
    old = BootState(a=ONCE, b=SlotState(tries=1, good=True), started="a")
    assert old.installed(("a",)) == BootState(b=SlotState(tries=1, good=True))
    assert old.installed(("b",)) == BootState(order=("b", "a"), a=ONCE, started="a")
    assert old.installed(("a", "b")) == BootState()
    turned = BootState(order=("b", "a"), a=NEVER, b=NEVER, started="b")
    assert turned.installed(("a", "b")) == BootState()
    assert turned.installed(("a",)).order == ("a", "b")


@pytest.mark.parametrize("name", ["c", "recovery", ""])
def test_there_are_two_slots(name: str) -> None:
    with pytest.raises(KeyError):
        BootState().begun(name)
    with pytest.raises(KeyError):
        BootState().installed((name,))


def test_what_somebody_else_keeps_in_a_block_stays() -> None:
    with_more = whole(BLOCK + b"saved_entry=x\n")
    changed = block_with(with_more, BootState())
    assert parse(changed) == BootState()
    assert changed == whole(BootState().to_block().rstrip(b"#") + b"saved_entry=x\n")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(bytes(SIZE), id="zeros"),
        pytest.param(BLOCK, id="too short"),
        pytest.param(BLOCK.ljust(1024, b"#"), id="too long"),
        pytest.param(BLOCK.ljust(SIZE, b"\0"), id="filled with zeros"),
        pytest.param(whole(BLOCK + b"atomos_order=ba\n"), id="a variable twice"),
        pytest.param(whole(BLOCK.replace(b"atomos_end=1\n", b"")), id="without its end"),
    ],
)
def test_a_block_that_cannot_say_it_is_written_whole(data: bytes) -> None:
    assert block_with(data, BootState()) == BootState().to_block()


def test_a_variable_that_grub_would_not_find_room_for_is_not_written() -> None:
    full = environment_block.SIGNATURE + b"a=1\n" + b"b=" + b"x" * 30 + b"\n"
    assert environment_block.changed(full, b"a", b"2") == full.replace(b"a=1", b"a=2")
    assert environment_block.changed(full, b"a", b"22") is None
    assert environment_block.changed(full, b"c", b"1") is None
    assert environment_block.changed(full + b"##", b"a", b"22") == (
        full.replace(b"a=1", b"a=22") + b"#"
    )
    assert environment_block.changed(full, b"b", b"") == (full.replace(b"x" * 30, b"") + b"#" * 30)


def test_what_is_asked_for_once_comes_before_all_others_and_takes_none_of_them_away() -> None:
    state = BootState(order=("b", "a")).next_once("a")
    assert state.sequence(has_recovery=True) == ("a", "b", RECOVERY)
    assert state.next_once(RECOVERY).sequence(has_recovery=True) == (RECOVERY, "b", "a")
    assert state.next_once(RECOVERY).sequence(has_recovery=False) == ("b", "a")
    assert state.forgotten().sequence(has_recovery=True) == ("b", "a", RECOVERY)


@pytest.mark.parametrize("name", [*SLOTS, RECOVERY])
def test_what_is_asked_for_once_is_in_the_block_and_taken_back_in_its_place(name: str) -> None:
    block = block_with(STATE.to_block(), STATE.next_once(name))
    assert len(block) == SIZE
    assert parse(block) == STATE.next_once(name)
    assert parse(STATE.next_once(name).to_block()) == STATE.next_once(name)
    after = forgetting(block)
    assert parse(after) == STATE
    assert [len(line) for line in after.splitlines()] == [len(line) for line in block.splitlines()]
    assert block_with(block, STATE) == after
    assert forgetting(after) == after


def test_what_could_not_be_taken_back_does_not_count() -> None:
    """GRUB changes the first one of two with the same name, and goes by the last."""
    line = f"{ONCE_NAME}=b\n".encode()
    assert parse(whole(BLOCK + line)) == STATE.next_once("b")
    assert parse(whole(BLOCK + line + line)) == STATE
    no_line_end_before_the_filling = whole(BLOCK + line + b"# more")
    assert parse(no_line_end_before_the_filling) == STATE


def test_the_first_block_that_is_valid_says_what_is_asked_for_once() -> None:
    asked = STATE.next_once("a")
    assert merged(asked, STATE).once == "a"
    assert merged(STATE, asked).once is None
    assert merged(None, asked).once == "a"


def test_a_slot_that_is_written_to_is_started_by_nobody_and_the_other_one_stays() -> None:
    state = BootState(order=("b", "a"), a=SlotState(good=True), b=SlotState(good=True, tries=1))
    closed = dataclasses.replace(state, started="b", once="b").closed("b")
    assert closed == BootState(order=("a", "b"), a=SlotState(good=True), b=NEVER)
    assert closed.sequence(has_recovery=True) == ("a", RECOVERY, "b")
    assert dataclasses.replace(state, started="a", once="a").closed("b").started == "a"
    assert closed.installed(("b",)) == BootState(order=("b", "a"), a=SlotState(good=True))


def test_an_update_keeps_what_is_asked_of_recovery_and_an_installation_does_not() -> None:
    for asked, kept in ((RECOVERY, RECOVERY), ("a", None), ("b", None)):
        state = STATE.next_once(asked)
        assert state.opened("a").once == state.preferred("a").once == kept
        assert state.opened("a").forgotten() == state.installed(("a",))
        assert state.installed(("a", "b")).once is None
        assert state.installed(("a",)).once is None
    assert STATE.next_once(RECOVERY).closed("a").once == RECOVERY


def test_a_slot_that_is_preferred_starts_first_with_all_its_tries() -> None:
    state = BootState(order=("b", "a"), a=SlotState(good=True, tries=1), b=SlotState(good=True))
    after = state.next_once("b").preferred("a")
    assert after == BootState(a=SlotState(good=True), b=SlotState(good=True))


def cut_between(before: BootState, after: BootState) -> BootState:
    """What both blocks say when the power goes between the one and the other."""
    if begins_with_the_second(before, after):
        return merged(before, after)
    return merged(after, before)


def blames(state: BootState) -> bool:
    """As `passed-over` judges: what comes first has no tries, and the other one runs."""
    first, second = state.order
    return not state.slot(first).tries and state.slot(second).tries > 0


@pytest.mark.parametrize("spare", SLOTS)
def test_no_cut_between_the_blocks_of_an_update_starts_or_blames_what_is_written(
    spare: str,
) -> None:
    runs = "b" if spare == "a" else "a"
    for state in every_state():
        if not state.slot(runs).tries:
            continue
        closed = state.closed(spare)
        opened = closed.installed((spare,))
        for before, after in ((state, closed), (closed, opened)):
            cut = cut_between(before, after)
            assert cut.choice(has_recovery=True) == runs
            assert not blames(cut)
        assert opened.choice(has_recovery=True) == spare


@pytest.mark.parametrize("slot", SLOTS)
def test_no_cut_between_the_blocks_of_a_rollback_blames_anybody(slot: str) -> None:
    for state in every_state():
        cut = cut_between(state, state.preferred(slot))
        assert cut.choice(has_recovery=True) in (state.choice(has_recovery=True), slot)
        assert blames(state) or not blames(cut)
