"""Plain mode: the installer line by line, for screen readers, paper and terminals that cannot draw.

Nothing here, and nothing that is imported from here, knows Textual: tests/unit/test_imports.py.
"""
