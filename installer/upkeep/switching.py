"""Which slot starts next, when a person asks for another one: allowed or refused. Pure."""

from installer.boot_state import RECOVERY, TRIES, BootState
from installer.errors import Problem, Refused
from installer.text import _
from installer.upkeep.problems import boot_use_problems, locked_problem, unfinished_problems
from installer.upkeep.running import ROLES
from installer.upkeep.status import title
from installer.upkeep.system import Level, System


def rolled_back(system: System) -> BootState:
    """With the other slot first than the one that would start now; for good, until the next word.
    What is asked of Recovery is done before that.

    Raises Refused where that slot is not known to be good.
    """
    others = {"a": "b", "b": "a", RECOVERY: system.running.slot}
    target = others[system.after_once]
    problems = (*_state_problems(system), *_target_problems(system, target, has_to_be_good=True))
    if problems:
        raise Refused(problems)
    return system.state.preferred(target)


def once(system: System, name: str) -> BootState:
    """With `name`, a slot or ``recovery``, for the next start only.

    It need not be known good: when it does not come up, the start after it is as ever.
    Raises Refused where there is nothing whole to start.
    """
    problems = list(_state_problems(system))
    if name not in (*ROLES, RECOVERY):
        raise ValueError(f"{name!r} is nothing that starts")
    if name == RECOVERY:
        if system.recovery is None:
            problems.append(
                Problem(
                    what=_("There is no Recovery on {disk}.").format(disk=system.running.disk.name),
                    way_out=_("Start the machine from a live medium instead."),
                )
            )
        elif not system.recovery.whole:
            problems.append(
                Problem(
                    what=_("Recovery is not whole: its writing was cut off."),
                    way_out=_("Write it anew with `atomos recovery update`."),
                )
            )
    else:
        problems += _target_problems(system, name, has_to_be_good=False)
        if system.reset is Level.EVERYTHING:
            problems.append(
                Problem(
                    what=_("The next start is Recovery's, which is to reset everything."),
                    way_out=_("Take that back first: `atomos reset cancel`."),
                )
            )
    if "atomos_once" not in system.menu:
        problems.append(
            Problem(
                what=_("The start menu of this disk was written by an older installer."),
                way_out=_("Choose in the menu itself, by the keys A, B and R, at the next start."),
            )
        )
    if problems:
        raise Refused(tuple(problems))
    return system.state.next_once(name)


def _state_problems(system: System) -> tuple[Problem, ...]:
    if all(system.blocks_valid):
        return (*unfinished_problems(system), *boot_use_problems(system.running))
    return (
        Problem(
            what=_("The boot state on /boot is missing or damaged."),
            way_out=_(
                "It is made anew when the system has been up for a minute; if it is not, look at"
                " `systemctl status atomos-mark-good`."
            ),
        ),
    )


def _target_problems(system: System, name: str, *, has_to_be_good: bool) -> tuple[Problem, ...]:
    """What speaks against starting that slot. The one that runs has come up, whatever is said of
    it: it is always a way."""
    if name == system.running.entry:
        return ()
    if system.running.is_locked:
        return (locked_problem(system),)
    found, state = system.slot(name), system.state.slot(name)
    update = _("Write it anew with `atomos update`.")
    if found.contract is None:
        what = _("{name} holds nothing that starts ({fault}).")
        return (Problem(what=what.format(name=title(name), fault=found.fault), way_out=update),)
    if name == system.spare.name and system.downloaded():
        what = _("What {name} holds was downloaded, and nothing starts it until it is asked for.")
        way_out = _("`atomos update` has it start next.")
        return (Problem(what=what.format(name=title(name)), way_out=way_out),)
    if not system.is_whole(name):
        what = _(
            "{name} has no tries left: its first three starts failed, or its writing was cut off."
        )
        return (Problem(what=what.format(name=title(name)), way_out=update),)
    if not has_to_be_good:
        return ()
    if not state.good:
        what = _("{name} is not known good: what it holds has never come up.")
        way_out = _("Try it for one start: `atomos boot-next {slot}`.")
        return (Problem(what=what.format(name=title(name)), way_out=way_out.format(slot=name)),)
    if not state.tries:
        what = _("{name} came up once, and its last {count} starts failed.")
        way_out = _("Try it for one start: `atomos boot-next {slot}`; or write it anew.")
        return (
            Problem(
                what=what.format(name=title(name), count=TRIES), way_out=way_out.format(slot=name)
            ),
        )
    return ()
