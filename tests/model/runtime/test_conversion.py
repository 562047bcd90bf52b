"""A converted network is kept, checked before it is used, and made again where it is damaged."""

import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from model.nano.network import WEATHER
from model.runtime import conversion
from model.runtime.conversion import ConversionError, converted


@pytest.fixture
def graph(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Path(shutil.copy(WEATHER, tmp_path / "weather.onnx"))


def test_it_is_converted_once(graph):
    first = converted(graph)
    made = first.stat().st_mtime_ns
    assert converted(graph) == first
    assert first.stat().st_mtime_ns == made
    assert first.parent == graph.parent / "__pycache__"
    assert list(first.parent.iterdir()) == [first]


def test_a_damaged_file_is_made_again(graph):
    first = converted(graph)
    first.write_bytes(first.read_bytes()[:-1000])
    again = converted(graph)
    assert conversion._digest(again) == again.stem.rpartition("-")[2]


def test_the_file_of_other_weights_goes(graph):
    first = converted(graph)
    model = onnx.load(graph)
    weights = max(model.graph.initializer, key=lambda one: len(one.raw_data))
    changed = numpy_helper.to_array(weights).copy()
    changed.flat[0] += 1
    weights.CopyFrom(numpy_helper.from_array(changed, weights.name))
    onnx.save(model, graph)
    assert converted(graph) != first
    assert not first.exists()


def test_where_the_package_cannot_be_written_to_the_users_cache_is_used(graph, tmp_path):
    (graph.parent / "__pycache__").write_bytes(b"a file in the way")
    kept = converted(graph)
    assert kept.is_relative_to(tmp_path / "cache")
    assert converted(graph) == kept


def test_where_nothing_can_be_kept_it_is_converted_for_this_process(graph, tmp_path):
    (graph.parent / "__pycache__").write_bytes(b"a file in the way")
    (tmp_path / "cache").write_bytes(b"another")
    assert converted(graph).is_file()


def test_a_conversion_that_computes_something_else_is_refused(graph, monkeypatch):
    """No conversion equals ONNX Runtime to the last bit, so a tolerance of nothing refuses a right one."""
    draft = graph.with_suffix(".mnn")
    assert 0 < conversion_difference(graph, draft) <= conversion.TOLERANCE
    monkeypatch.setattr(conversion, "TOLERANCE", 0.0)
    monkeypatch.setattr("sys.argv", ["conversion", str(graph), str(draft)])
    with pytest.raises(SystemExit, match="differs by"):
        conversion._main()


def conversion_difference(graph: Path, draft: Path) -> float:
    shutil.copy(converted(graph), draft)
    return conversion._largest_difference(graph, draft)


def test_what_is_no_graph_is_one_clear_line(tmp_path):
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(np.random.default_rng(0).bytes(2000))
    with pytest.raises(ConversionError) as told:
        converted(broken)
    assert "\n" not in str(told.value)
