"""Puts the program on a machine. Standard library only; never part of the wheel."""
