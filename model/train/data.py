"""`diffdecompose data [export] ...`: fetching the generator's pack, or writing its triplets as folders."""

from __future__ import annotations

__all__ = ["main"]


def main(words: list[str]) -> int:
    """`words`: "export" and its options, or the options of fetching."""
    if words[:1] == ["export"]:
        from .triplets.export import main as export

        return export(words[1:])
    from ..alphablend.fetch import main as fetch

    fetch(words)
    return 0
