"""Keeping an installed system: what its slots hold, what starts, and something newer in a slot.

The command ``atomos`` of the installed system. It plans and carries out as the installer does.
"""
