"""The built plugins are complete: nothing outside the standard library and their host is imported."""

import ast
import os
import stat
import subprocess
import sys
import zipfile

import pytest

from bridge.assembly import AssemblyFailed, build, zip_for_gimp
from bridge.cli import main


def modules(folder):
    return sorted(path for path in folder.rglob("*.py"))


@pytest.fixture(scope="module")
def krita(tmp_path_factory):
    out = tmp_path_factory.mktemp("krita")
    with zipfile.ZipFile(build("krita", out)) as archive:
        archive.extractall(out / "unpacked")
    return out / "unpacked"


@pytest.fixture(scope="module")
def gimp(tmp_path_factory):
    return build("gimp", tmp_path_factory.mktemp("gimp"))


def test_the_zip_is_what_kritas_importer_looks_for(tmp_path):
    made = build("krita", tmp_path)
    names = zipfile.ZipFile(made).namelist()
    assert made.name == "diffdecompose-krita.zip"
    assert {"pykrita/diffdecompose.desktop", "pykrita/diffdecompose/", "pykrita/diffdecompose/__init__.py"} <= set(
        names
    )
    assert "actions/diffdecompose.action" in names
    assert not [name for name in names if "__pycache__" in name]
    assert sorted(p.name for p in tmp_path.iterdir()) == [made.name]


def test_the_same_sources_give_the_same_zip(tmp_path):
    assert build("krita", tmp_path / "a").read_bytes() == build("krita", tmp_path / "b").read_bytes()


def test_gimp_gets_a_folder_with_a_script_of_its_name_that_can_be_started(gimp):
    script = gimp / "decompose-layers.py"
    assert gimp.name == script.stem
    assert script.read_text().startswith("#!/usr/bin/env python3\n")
    if os.name == "posix":
        assert script.stat().st_mode & stat.S_IXUSR


@pytest.mark.parametrize("host", ["krita", "gimp"])
def test_a_plugin_imports_only_itself_its_host_and_the_standard_library(host, request):
    folder = request.getfixturevalue(host)
    allowed = sys.stdlib_module_names | {"krita", "PyQt5", "PyQt6", "gi", "diffdecompose"}
    optional = {"python_socks", "werkzeug"}  # what websockets tries and does without
    for path in modules(folder):
        for node in ast.walk(ast.parse(path.read_text("utf-8"), feature_version=(3, 9))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            else:
                continue
            for name in names:
                assert name.split(".")[0] in allowed | optional, f"{path} imports {name}"


@pytest.mark.parametrize("host", ["krita", "gimp"])
def test_the_wire_of_a_plugin_works_from_where_it_lies(host, request, tmp_path):
    """Loaded by itself, without our environment: the client comes up and says that nothing is installed."""
    folder = request.getfixturevalue(host)
    package = next(path.parent for path in folder.rglob("wire/__init__.py")).parent
    code = (
        "import sys, types\n"
        f"package = types.ModuleType('diffdecompose'); package.__path__ = [{str(package)!r}]\n"
        "sys.modules['diffdecompose'] = package\n"
        "from diffdecompose.shared import run, words\n"
        "try:\n    run.engines('test')\n"
        "except Exception as error:\n    print(words.explain(error).text)\n"
        "assert 'websockets' not in sys.modules and 'bridge' not in sys.modules\n"
    )
    env = {**os.environ, "DIFFDECOMPOSE_HOME": str(tmp_path / "home"), "PYTHONPATH": ""}
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, env=env, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "not installed" in done.stdout


@pytest.mark.parametrize("host", ["krita", "gimp"])
def test_the_licences_travel_with_the_code(host, request):
    folder = request.getfixturevalue(host)
    licences = {path.parent.name: path.read_text("utf-8") for path in folder.rglob("LICENSE")}
    assert "Apache License" in licences["diffdecompose"]
    assert "Redistribution" in licences["websockets"]


def test_building_again_replaces_what_was_there(tmp_path):
    first = build("gimp", tmp_path)
    (first / "old.py").write_text("")
    assert not (build("gimp", tmp_path) / "old.py").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["decompose-layers"]


def test_the_command_prints_what_it_made(tmp_path, capsys):
    assert main(["plugins", "build", "--host", "gimp", "--out", str(tmp_path)]) == 0
    made = [str(tmp_path / name) for name in ("decompose-layers", "diffdecompose-gimp.zip")]
    assert capsys.readouterr().out.splitlines() == made


def test_the_zip_for_gimp_holds_the_folder_with_a_script_that_can_be_started(tmp_path, gimp):
    with zipfile.ZipFile(zip_for_gimp(tmp_path)) as archive:
        files = {info.filename: info.external_attr >> 16 for info in archive.infolist() if not info.is_dir()}
    wanted = [path.relative_to(gimp.parent).as_posix() for path in gimp.rglob("*") if path.is_file()]
    assert sorted(files) == sorted(name for name in wanted if "__pycache__" not in name)
    assert files["decompose-layers/decompose-layers.py"] & stat.S_IXUSR


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["plugins", "build", "--host", "krita", "--out", str(tmp_path / "file" / "out")]) == 2
    assert "choose another folder" in capsys.readouterr().err


def test_an_unknown_host_is_refused(tmp_path):
    with pytest.raises(AssemblyFailed, match="krita, gimp"):
        build("photoshop", tmp_path)
