"""What the screens are measured against: a Textual app of one static line, which keys change."""

from textual.app import App, ComposeResult
from textual.widgets import Static


class BareApp(App[None]):
    """As short as such an app can be that has something to show for a key."""

    def compose(self) -> ComposeResult:
        """The line."""
        yield Static("One static line")

    def on_key(self) -> None:
        """Another line, as long: one frame, one row."""
        line = self.query_one(Static)
        line.update("ONE STATIC LINE" if "static" in str(line.content) else "One static line")


if __name__ == "__main__":
    BareApp().run()
