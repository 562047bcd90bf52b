"""The import law of the house, read from the source itself: no room reaches into one it must not know."""

import ast
import functools
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = {"bridge", "model", "ui", "plugins", "installer"}
TORCH_ROOMS = ("model/diffdecompose/", "model/train/", "model/alphablend/", "model/engines/flux.py")
TORCH_ROOMS += (
    "model/engines/qwen_layered.py",
    "model/nano/net/",
)
HEAVY = {"torch", "diffusers", "transformers", "peft", "accelerate"}

MAY_IMPORT = {
    "model": {"model"},
    "bridge": {"bridge", "model"},
    "ui": {"ui", "bridge.wire", "bridge.formats", "bridge.convert", "model.types", "model.blending", "model.edit"},
    "plugins": {"plugins", "bridge.wire"},  # the assembly turns this into their own copy
    "installer": {"installer"},
}


def sources(folder: str) -> list[Path]:
    return sorted(path for path in (ROOT / folder).rglob("*.py") if "vendor" not in path.parts)


@functools.cache
def imports(path: Path) -> list[tuple[str, bool]]:
    """Every imported module name, absolute, and whether it is imported when the module is."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    late = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)) or _is_typing_only(function)
        for node in ast.walk(function)
    }
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    found = []
    for node in ast.walk(tree):
        at_once = id(node) not in late
        if isinstance(node, ast.Import):
            found += [(alias.name, at_once) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            stem = ".".join([*base, *([node.module] if node.module else [])])
            found += [(f"{stem}.{alias.name}" if stem else alias.name, at_once) for alias in node.names]
    return found


def _is_typing_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)


@pytest.mark.parametrize("folder", sorted(MAY_IMPORT))
def test_each_folder_imports_only_what_the_law_allows(folder):
    allowed = MAY_IMPORT[folder]
    for path in sources(folder):
        for name, _ in imports(path):
            if name.split(".")[0] in OURS:
                fits = any(name == ok or name.startswith(ok + ".") for ok in allowed)
                assert fits, f"{path.relative_to(ROOT)} imports {name}"


MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for folder in ("bridge", "model", "ui")
    for path in sources(folder)
}


def import_graph(depth: int | None = None) -> dict[str, set[str]]:
    """Who imports whom, imports inside functions and under TYPE_CHECKING included.

    depth: names are cut to so many parts, so that 2 gives packages and the modules beside them.
    """
    graph: dict[str, set[str]] = {}
    for module, path in MODULES.items():
        here = ".".join(module.split(".")[:depth])
        for name, _ in imports(path):
            while name and name not in MODULES:
                name = name.rpartition(".")[0]
            there = ".".join(name.split(".")[:depth])
            if there and there != here:
                graph.setdefault(here, set()).add(there)
    return graph


def a_cycle(graph: dict[str, set[str]]) -> list[str]:
    """Some cycle of the graph; empty where there is none."""
    done: set[str] = set()

    def visit(node: str, way: list[str]) -> list[str]:
        if node in way:
            return [*way[way.index(node) :], node]
        if node in done:
            return []
        for target in sorted(graph.get(node, ())):
            if found := visit(target, [*way, node]):
                return found
        done.add(node)
        return []

    return next((found for node in sorted(graph) if (found := visit(node, []))), [])


@pytest.mark.parametrize("depth", [None, 2], ids=["modules", "packages"])
def test_no_module_and_no_package_imports_itself_by_a_detour(depth):
    assert a_cycle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    cycle = a_cycle(import_graph(depth))
    assert not cycle, " -> ".join(cycle)


def test_bridge_never_imports_the_viewer_and_the_model_neither():
    for module, targets in import_graph().items():
        if not module.startswith("ui"):
            assert not [name for name in targets if name == "ui" or name.startswith("ui.")], module


def test_the_wire_needs_only_the_standard_library_and_websockets():
    for path in sources("bridge/wire"):
        for name, _ in imports(path):
            top = name.split(".")[0]
            inside = name == "bridge.wire" or name.startswith("bridge.wire.")
            assert inside or top == "websockets" or top in sys.stdlib_module_names, f"{path.name} imports {name}"


def test_the_installer_needs_only_the_standard_library():
    for path in sources("installer"):
        for name, _ in imports(path):
            top = name.split(".")[0]
            assert top == "installer" or top in sys.stdlib_module_names, f"{path.name} imports {name}"


def test_torch_is_imported_only_in_its_rooms():
    for folder in ("bridge", "model", "ui", "plugins", "installer"):
        for path in sources(folder):
            where = path.relative_to(ROOT).as_posix()
            if where.startswith(TORCH_ROOMS):
                continue
            heavy = {name for name, _ in imports(path)} & HEAVY | {
                name for name, _ in imports(path) if name.split(".")[0] in HEAVY
            }
            assert not heavy, f"{where} imports {sorted(heavy)}"


def test_the_embedded_engine_is_twelve_modules_at_most_and_classic_is_no_toolbox_for_it():
    files = [path for path in (ROOT / "model/nano").glob("*.py") if path.name != "__init__.py"]
    assert len(files) <= 12
    borrowed = {name for path in files for name, _ in imports(path) if name.startswith("model.classic")}
    assert borrowed == {"model.classic.mark.mark"}, "a whole method, none of its parts"


def test_nothing_trains_or_calibrates_on_the_foreign_test_sets():
    for folder in ("model/train", "model/alphablend", "model/evaluate/calibrate", "model/nano", "model/engines"):
        for path in sources(folder):
            foreign = [name for name, _ in imports(path) if name.startswith("model.evaluate.foreign")]
            assert not foreign, f"{path.relative_to(ROOT)} imports {foreign}"


def test_starting_the_program_loads_no_torch_and_no_toolkit():
    code = (
        "import sys, bridge.cli, bridge.commands.decompose\n"
        "import model.decompose, model.engines.nano, model.engines.classic\n"
        "heavy = {'torch', 'diffusers', 'transformers', 'PyQt6', 'matplotlib'} & set(sys.modules)\n"
        "sys.exit(f'loaded {sorted(heavy)}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_importing_every_module_does_nothing_to_the_disk_or_the_environment(tmp_path):
    # Not the rooms of torch: what torch and diffusers do when they are imported is theirs.
    files = [p.relative_to(ROOT) for f in ("bridge", "model") for p in sources(f)]
    modules = [".".join(p.with_suffix("").parts) for p in files if not p.as_posix().startswith(TORCH_ROOMS)]
    quiet = [m.removesuffix(".__init__") for m in modules if not m.endswith("__main__")]
    code = (
        "import importlib, logging, os, sys\n"
        "import cv2  # sets variables of its own when it is imported\n"
        "before = dict(os.environ), list(logging.root.handlers)\n"
        f"for name in {quiet!r}:\n    importlib.import_module(name)\n"
        "assert (dict(os.environ), list(logging.root.handlers)) == before, 'environment or logging changed'\n"
    )
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    env = {**os.environ, **home, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.rglob("*")) == [], "an import made files"
