"""Text that changes every second, of which a serial line is sent as little as will do."""

from itertools import takewhile

from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Region
from textual.widget import Widget


class Changing(Widget):
    """Lines of text, never read as markup. Of a text that takes as much room as the one before
    only the cells that differ are painted; any other has the whole page laid out and painted."""

    DEFAULT_CSS = "Changing { height: auto; }"

    def __init__(self, text: str = "", *, id: str, classes: str = "") -> None:
        super().__init__(id=id, classes=classes)
        self.text = text
        """What it shows."""

    def render(self) -> Content:
        """The text."""
        return Content(self.text)

    def put(self, text: str) -> None:
        """Show another text."""
        before, after = self.text.split("\n"), text.split("\n")
        self.text = text
        width = self.content_size.width
        if len(before) != len(after) or any(cell_len(line) > width for line in before + after):
            self.refresh(layout=True)
            return
        regions = [
            Region(start, row, end - start, 1)
            for row, (old, new) in enumerate(zip(before, after, strict=True))
            for start, end in (_differing(old, new),)
            if end > start
        ]
        if regions:
            self.refresh(*regions)


def _differing(old: str, new: str) -> tuple[int, int]:
    """First cell of the part in which two lines differ, and the one after its last."""
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
    if cell_len(old) != cell_len(new):
        return cell_len(new[:same]), max(cell_len(old), cell_len(new))
    ends = zip(reversed(old[same:]), reversed(new[same:]), strict=False)
    same_end = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], ends))
    return cell_len(new[:same]), cell_len(new[: len(new) - same_end])
