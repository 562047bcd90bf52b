"""The words of the house are those of GLOSSARY.md: what it retired does not come back as an identifier."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("model", "bridge", "ui", "plugins", "installer")


def retired() -> set[str]:
    """The words in backticks in the last column of the glossary's tables."""
    rows = [line for line in (ROOT / "GLOSSARY.md").read_text("utf-8").splitlines() if line.startswith("| ")]
    return {word for row in rows for word in re.findall(r"`(\w+)`", row.rstrip(" |").rpartition("|")[2])}


def identifiers(path: Path) -> Iterator[tuple[str, int]]:
    """Every name that a module defines or uses, its own file name among them, and the line."""
    yield path.stem, 0
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        line = getattr(node, "lineno", 0)
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.alias(name=name):
                yield name, line
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name, line
            case ast.keyword(arg=str(name)):
                yield name, line


def parts(name: str) -> set[str]:
    """The words of a snake_case or CamelCase name, and the name itself."""
    words = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)
    return {name.lower().strip("_"), *(word.lower() for word in words)}


def test_the_glossary_retires_words():
    assert {"dice", "belief", "glimpse", "surprise", "lesson", "trouble"} <= retired()
    assert parts("first_look") >= {"first_look", "first", "look"}
    assert parts("EyeOfMarks") >= {"eye", "marks"}


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_retired_word_is_an_identifier(folder):
    words = retired()
    found = [
        f"{path.relative_to(ROOT).as_posix()}:{line}: {name}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        for name, line in identifiers(path)
        if parts(name) & words
    ]
    assert not found, "retired words (GLOSSARY.md):\n" + "\n".join(dict.fromkeys(found))
