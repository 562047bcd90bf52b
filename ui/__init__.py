"""The desktop viewer (PyQt6)."""
