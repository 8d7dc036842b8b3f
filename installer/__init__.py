"""The AtomOS installer's core: it plans, and never touches the machine itself."""

VERSION = "0.1.0"
