"""The maps are true: a room's `__init__` names its files, the README names the rooms."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = [
    path.parent
    for folder in ("bridge", "model", "ui")
    for path in sorted((ROOT / folder).rglob("__init__.py"))
    if path.parent.parent != ROOT and len(list(path.parent.glob("*.py"))) > 3
]


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.relative_to(ROOT).as_posix())
def test_a_room_names_each_of_its_files(room):
    if room.name == "commands":  # the command line's own help lists them
        return
    text = (room / "__init__.py").read_text(encoding="utf-8")
    for file in room.glob("*.py"):
        if not file.stem.startswith("__") and file.stem != "errors":
            assert re.search(rf"\b{file.stem}\b", text), f"{room.name}/__init__.py says nothing of {file.name}"


def test_the_readme_names_every_room_and_every_file_at_the_top_of_bridge_and_model():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for folder in ("bridge", "model"):
        for path in (ROOT / folder).iterdir():
            if path.name.startswith("__") or (path.is_file() and path.suffix != ".py") or path.name == "errors.py":
                continue
            assert re.search(rf"\b{path.stem}\b", text), f"README.md says nothing of {folder}/{path.name}"


def test_every_path_the_readme_names_exists():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for path in re.findall(r"\]\(([^)#]+)\)", text):
        assert (ROOT / path).exists(), path
