"""What the wheel holds: three import names, the plugin files, the weights, and nothing with a name that clashes."""

import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def wheel(project_wheel):
    with zipfile.ZipFile(project_wheel) as archive:
        yield archive


def test_the_wheel_holds_exactly_our_three_import_names(wheel):
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"bridge", "model", "ui"}


def test_the_wheel_carries_the_plugin_files(wheel):
    ours = [p.relative_to(ROOT / "plugins") for p in (ROOT / "plugins").rglob("*") if p.is_file()]
    wanted = {f"bridge/_plugins/{p.as_posix()}" for p in ours if "__pycache__" not in p.parts}
    assert wanted <= set(wheel.namelist())


def test_the_wheel_carries_the_embedded_weights_under_twenty_megabytes(wheel):
    weights = [info for info in wheel.infolist() if info.filename.endswith(".onnx")]
    assert weights
    assert sum(info.file_size for info in weights) < 20_000_000


def test_the_wheel_has_no_tests_and_no_data(wheel):
    strangers = [n for n in wheel.namelist() if n.split("/")[0] in {"tests", "data", "examples", "out"}]
    assert strangers == []


def test_both_programs_are_installed(wheel):
    (entry_points,) = (n for n in wheel.namelist() if n.endswith("entry_points.txt"))
    text = wheel.read(entry_points).decode()
    assert "diffdecompose = bridge.cli:main" in text
    assert "diffdecompose-viewer = ui.app:main" in text
