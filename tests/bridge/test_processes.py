"""Child processes on Windows: no console window opens over the artist's work (code review, kept by this test)."""

import ast
import subprocess
from pathlib import Path

import pytest

from bridge import processes

ROOT = Path(__file__).resolve().parents[2]
STARTS = {"run", "Popen", "create_subprocess_exec", "check_output", "call"}
IN_THE_USERS_TERMINAL = {"bridge/commands/engines.py"}


def starts_of_a_process(path: Path) -> list[ast.Call]:
    calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    return [
        call
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in STARTS
        and ast.unparse(call.func.value) in ("subprocess", "asyncio")
        and ast.unparse(call.func) != "asyncio.run"
    ]


def flags_of(call: ast.Call) -> str:
    """What decides about the window: the flags, or the arguments that hold them."""
    return next((ast.unparse(word.value) for word in call.keywords if word.arg in ("creationflags", None)), "")


def test_every_child_process_of_service_and_viewer_is_started_without_a_console_window():
    found = {}
    for folder in ("bridge", "ui"):
        for path in (ROOT / folder).rglob("*.py"):
            for call in starts_of_a_process(path):
                found[path.relative_to(ROOT).as_posix(), call.lineno] = flags_of(call)
    assert {path for (path, _), flags in found.items() if not flags} == IN_THE_USERS_TERMINAL
    assert {flags for flags in found.values() if flags} == {"NO_WINDOW", "detach"}
    assert sum(flags == "NO_WINDOW" for flags in found.values()) >= 7, "daemon, workers, doctor, updates, hosts"


def test_the_flag_is_that_of_windows_and_nothing_elsewhere():
    assert getattr(subprocess, "CREATE_NO_WINDOW", 0) == processes.NO_WINDOW


@pytest.mark.parametrize("name", ["DETACHED_PROCESS", "CREATE_NEW_PROCESS_GROUP"])
def test_the_daemon_itself_is_started_apart_from_any_console(name):
    assert name in (ROOT / "bridge" / "wire" / "discovery.py").read_text("utf-8")
