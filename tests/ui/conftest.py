"""Settings that Textual reads once, when it is imported: the same on every machine."""

import os

for _name in ("NO_COLOR", "TEXTUAL_THEME", "COLORTERM", "COLUMNS", "LINES"):
    os.environ.pop(_name, None)
os.environ["TEXTUAL_COLOR_SYSTEM"] = "standard"
os.environ["TEXTUAL_ANIMATIONS"] = "none"
os.environ["ESCDELAY"] = "300"

import textual._wait  # noqa: E402  not before its settings

# Pilot waits 40 ms after each key until the process is idle, and these tests press a thousand
# keys; they wait for what they want to see by themselves.
textual._wait.SLEEP_GRANULARITY = 1 / 250
textual._wait.SLEEP_IDLE = textual._wait.SLEEP_GRANULARITY / 20
