"""How the run is shared out between its workers, and what must not be left when it ends."""

from pathlib import Path

import pytest

pytest_plugins = ["tests.leftovers"]

HERE = Path(__file__).parent
TOGETHER = {"hosts": "hosts"}
"""Folders whose tests share what is dear to start: one worker runs them all. A folder stands for what is below it."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folders = item.path.relative_to(HERE).parents
        group = next((TOGETHER[str(folder)] for folder in folders if str(folder) in TOGETHER), None)
        if group is not None:
            item.add_marker(pytest.mark.xdist_group(group))
