"""Other installers, on a terminal of 80x24, for docs/screens.md."""
