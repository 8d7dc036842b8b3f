"""The part of GRUB's menu that reads and writes the boot state. Pure.

It does in GRUB's language what installer/boot_state.py does in Python; the scenario ``boot-state``
has GRUB itself run it and compares. GRUB has no arithmetic, so tries are counted by cases.
"""

from typing import Final

from installer.boot_state import ALLOWED, CHANGING, ONCE_NAME, VARIABLES

STATE_FILES: Final = ("grub/state1", "grub/state2")
"""The two blocks on /boot. GRUB cannot make a file: both are there from the installation on."""

_NAMES: Final = f"""\
# Which slot starts: docs/boot-state.md.
set atomos_state1="($atomos_boot)/{STATE_FILES[0]}"
set atomos_state2="($atomos_boot)/{STATE_FILES[1]}"
set atomos_names="{" ".join(VARIABLES)}"
set atomos_changing="{" ".join(CHANGING)}"

# Sets the variables as the block $1 has them, and no others; succeeds when it is valid.
function atomos_read {{
  for atomos_name in $atomos_names; do
    unset $atomos_name
  done
  if [ -s "$1" ]; then
    load_env --file "$1" $atomos_names
  fi
  set atomos_said="{":".join(f"${name}" for name in VARIABLES)}"
  regexp '^says:{ALLOWED}$' "says:$atomos_said"
}}
"""
_READ: Final = """\
if atomos_read "$atomos_state1"; then set atomos_valid1=yes; else set atomos_valid1=no; fi
set atomos_order1="$atomos_order"
set atomos_started1="$atomos_started"
set atomos_a_tries1="$atomos_a_tries"
set atomos_a_good1="$atomos_a_good"
set atomos_b_tries1="$atomos_b_tries"
set atomos_b_good1="$atomos_b_good"
if atomos_read "$atomos_state2"; then
  set atomos_valid2=yes
else
  # It takes nothing away from what the first one says.
  set atomos_valid2=no
  set atomos_order=ab
  set atomos_started=-
  set atomos_a_tries=3
  set atomos_a_good=1
  set atomos_b_tries=3
  set atomos_b_good=1
fi
# Order and start are the first one's; of tries and of good it is the smaller one.
if [ $atomos_valid1 = yes ]; then
  set atomos_order=$atomos_order1
  set atomos_started=$atomos_started1
  if [ $atomos_a_tries1 -lt $atomos_a_tries ]; then set atomos_a_tries=$atomos_a_tries1; fi
  if [ $atomos_a_good1 -lt $atomos_a_good ]; then set atomos_a_good=$atomos_a_good1; fi
  if [ $atomos_b_tries1 -lt $atomos_b_tries ]; then set atomos_b_tries=$atomos_b_tries1; fi
  if [ $atomos_b_good1 -lt $atomos_b_good ]; then set atomos_b_good=$atomos_b_good1; fi
fi
"""
_RANK: Final = """\
# Slots with tries left, Recovery, slots that were good once, the others. The first one starts by
# itself, each of the others when those before it cannot be loaded.
function atomos_rank {
  if [ $1 != 0 ]; then
    set atomos_ranked=1
  elif [ $2 = 1 ]; then
    set atomos_ranked=2
  else
    set atomos_ranked=3
  fi
}
atomos_rank $atomos_a_tries $atomos_a_good
set atomos_a_rank=$atomos_ranked
atomos_rank $atomos_b_tries $atomos_b_good
set atomos_b_rank=$atomos_ranked
if [ $atomos_order = ba ]; then set atomos_slots="b a"; else set atomos_slots="a b"; fi
"""
_ONCE: Final = f"""\
# What starts this time only (`atomos boot-next`). It counts where it can be taken back.
function atomos_forget {{
  set atomos_wished=-
  unset {ONCE_NAME}
  load_env --file "$1" {ONCE_NAME}
  if regexp '^once:[abr]$' "once:${ONCE_NAME}"; then
    set atomos_wished=${ONCE_NAME}
    set {ONCE_NAME}=-
    save_env --file "$1" {ONCE_NAME}
    unset {ONCE_NAME}
    load_env --file "$1" {ONCE_NAME}
    if regexp '^once:[abr]$' "once:${ONCE_NAME}"; then set atomos_wished=-; fi
  fi
}}
set atomos_wish=-
if [ $atomos_valid2 = yes ]; then
  atomos_forget "$atomos_state2"
  if [ $atomos_valid1 = no ]; then set atomos_wish=$atomos_wished; fi
fi
if [ $atomos_valid1 = yes ]; then
  atomos_forget "$atomos_state1"
  set atomos_wish=$atomos_wished
fi
set default=
if [ $atomos_wish = a ]; then
  set default=root-a
elif [ $atomos_wish = b ]; then
  set default=root-b
elif [ $atomos_wish$atomos_recovery = ryes ]; then
  set default=recovery
fi
"""
_SEQUENCE: Final = """\
function atomos_next {
  if [ "$default" = $1 ]; then
    set atomos_there=$1
  elif [ -z "$default" ]; then
    set default=$1
  elif [ -z "$fallback" ]; then
    set fallback=$2
  else
    set fallback="$fallback $2"
  fi
}
set fallback=
# A reset that was chosen below is carried out by a slot, be it one that has no tries left.
set atomos_last=1
if [ -n "$atomos_reset" ]; then set atomos_last=2; fi
for atomos_rank in 1 2 3; do
  for atomos_slot in $atomos_slots; do
    if [ $atomos_slot$atomos_a_rank = a$atomos_rank ]; then atomos_next root-a 0; fi
    if [ $atomos_slot$atomos_b_rank = b$atomos_rank ]; then atomos_next root-b 1; fi
  done
  if [ $atomos_rank$atomos_recovery = ${atomos_last}yes ]; then atomos_next recovery 2; fi
done
"""
_TAKE: Final = """\
# One try less of $1. A block that cannot be written is no reason not to start.
function atomos_less {
  if [ $1 = 3 ]; then
    set atomos_left=2
  elif [ $1 = 2 ]; then
    set atomos_left=1
  else
    set atomos_left=0
  fi
}
function atomos_take {
  set atomos_started=$1
  if [ $1 = a ]; then
    atomos_less $atomos_a_tries
    set atomos_a_tries=$atomos_left
  else
    atomos_less $atomos_b_tries
    set atomos_b_tries=$atomos_left
  fi
  if [ $atomos_valid1 = yes ]; then save_env --file "$atomos_state1" $atomos_changing; fi
  if [ $atomos_valid2 = yes ]; then save_env --file "$atomos_state2" $atomos_changing; fi
}
"""


def boot_state(*, has_recovery: bool) -> str:
    """Commands that set ``default`` and ``fallback`` for a menu with Root A, Root B and Recovery.

    Afterwards ``atomos_take a`` (or b) takes a try of a slot. ``$atomos_boot`` has to be the boot
    partition.
    """
    recovery = f"set atomos_recovery={'yes' if has_recovery else 'no'}\n"
    return "\n".join((_NAMES, _READ, _RANK, recovery + _ONCE, _SEQUENCE, _TAKE))
