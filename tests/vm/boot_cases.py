"""Two blocks of the boot state, what the model makes of them, and what has to become of them."""

import random
from dataclasses import dataclass

from installer.boot_state import RECOVERY, BootState, forgetting, merged, parse, rewritten
from tests.vm.block_contents import Content, random_content


@dataclass(frozen=True)
class Blocks:
    """What the two files hold."""

    one: Content
    two: Content

    @property
    def state(self) -> BootState:
        """What the model makes of them."""
        return merged(*self._parsed)

    @property
    def valid(self) -> int:
        """How many of the two are."""
        return sum(each is not None for each in self._parsed)

    def started(self, *names: str) -> "Blocks":
        """What the model says is there after GRUB has tried these entries, and came back."""
        contents, state = [self.one, self.two], self.state
        for index, valid in enumerate(self._parsed):
            before = contents[index]
            if valid is not None and before is not None:
                contents[index] = forgetting(before)
        for name in names:
            if name == RECOVERY:
                continue
            state = state.begun(name)
            for index, valid in enumerate(self._parsed):
                before = contents[index]
                if valid is not None and before is not None:
                    contents[index] = rewritten(before, state) or before
        return Blocks(*contents)

    @property
    def _parsed(self) -> tuple[BootState | None, BootState | None]:
        return (parse(self.one or b""), parse(self.two or b""))


@dataclass(frozen=True)
class Case:
    """Blocks, and the menu that has to make something of them."""

    name: str
    """A folder of three levels: GRUB reads a folder of a thousand from its beginning."""
    blocks: Blocks
    has_recovery: bool
    resets: bool = False
    """A reset was chosen in the menu, which is read once more."""

    @property
    def sequence(self) -> tuple[str, ...]:
        """What the model starts."""
        state = self.blocks.state
        return state.sequence(has_recovery=self.has_recovery, resets=self.resets)


def random_case(rng: random.Random, number: int) -> Case:
    """Every second one with Recovery, every third with a reset."""
    blocks = Blocks(random_content(rng), random_content(rng))
    name = "/".join(f"{number:03}")
    return Case(name, blocks, has_recovery=number % 2 == 1, resets=number % 3 == 1)
