"""How the run is shared out between its workers, and what must not be left when it ends."""

from pathlib import Path

import pytest

pytest_plugins = ["tests.leftovers"]

HERE = Path(__file__).parent
TOGETHER = ("hosts",)
"""Folders whose tests share what is dear to start: one worker runs them all, before anything else."""


@pytest.hookimpl(tryfirst=True)  # before xdist reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker runs what shares such a folder or a fixture made once a module; the largest group comes first."""
    for item in items:
        place = item.path.relative_to(HERE)
        group = place.parts[0] if place.parts[0] in TOGETHER else str(place) if _shares_with_its_module(item) else None
        if group is not None:
            item.add_marker(pytest.mark.xdist_group(group))


def _shares_with_its_module(item: pytest.Item) -> bool:
    fixtures = getattr(item, "_fixtureinfo", None)  # pytest offers names in public, but not scopes
    known = fixtures.name2fixturedefs.values() if fixtures is not None else ()
    return any(definition.scope == "module" for definitions in known for definition in definitions)
