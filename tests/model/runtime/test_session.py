"""The two runtimes compute the same, and a graph that MNN cannot take runs in ONNX Runtime."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import onnx
import psutil
import pytest
from onnx import TensorProto, helper

from model.nano import layout
from model.nano.network import MARKS, NETWORKS, Network, load_packaged
from model.runtime.conversion import TOLERANCE
from model.runtime.mnn import MnnSession
from model.runtime.onnx_runtime import OnnxRuntimeSession
from model.runtime.session import open_fast_session, release_memory

ROOT = Path(__file__).resolve().parents[3]


def picture(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(height).random((layout.PICTURE_CHANNELS, height, width), np.float32)


def test_the_networks_of_the_package_run_in_mnn_and_take_turns_at_any_size():
    condition = np.zeros(layout.CONDITION_WIDTH, np.float32)
    references = [Network(weights) for weights in NETWORKS]
    for height, width in ((97, 130), (160, 64), (97, 130)):
        for weights, reference in zip(NETWORKS, references, strict=True):
            fast = load_packaged(weights)
            assert isinstance(fast._session, MnnSession)
            found = fast.predict(picture(height, width), condition)
            expected = reference.predict(picture(height, width), condition)
            assert found.layer.shape == (10, height, width)
            np.testing.assert_allclose(found.layer, expected.layer, atol=TOLERANCE)
            np.testing.assert_allclose(found.kind, expected.kind, atol=TOLERANCE)
            np.testing.assert_allclose(found.blend, expected.blend, atol=TOLERANCE)


def test_an_answer_stays_when_another_network_runs():
    condition = np.zeros(layout.CONDITION_WIDTH, np.float32)
    first = load_packaged(MARKS).predict(picture(64, 96), condition)
    kept = first.layer.copy()
    load_packaged(NETWORKS[1]).predict(picture(64, 96), condition)
    np.testing.assert_array_equal(first.layer, kept)


def test_an_answer_does_not_depend_on_the_pictures_before():
    condition = np.zeros(layout.CONDITION_WIDTH, np.float32)
    after_others, at_once = (Network(MARKS, 1, open_fast_session) for _ in range(2))
    after_others.predict(picture(64, 96), condition)
    found = after_others.predict(picture(320, 256), condition).layer
    np.testing.assert_array_equal(found, at_once.predict(picture(320, 256), condition).layer)


def test_networks_that_take_turns_at_large_and_small_sizes_leave_each_others_memory_alone():
    condition = np.zeros(layout.CONDITION_WIDTH, np.float32)
    networks = [Network(weights, 1, open_fast_session) for weights in NETWORKS[1:]]
    answers = {}
    for which, side in [(0, 288), (1, 480), (0, 288), (1, 960), (0, 288), (0, 960), (1, 480), (0, 288), (1, 960)]:
        found = networks[which].predict(picture(side, side), condition).layer
        np.testing.assert_array_equal(found, answers.setdefault((which, side), found.copy()))


def test_memory_is_given_back_and_the_next_answer_is_the_same():
    process = psutil.Process()
    condition = np.zeros(layout.CONDITION_WIDTH, np.float32)
    network, size = load_packaged(MARKS), picture(768, 768)
    first = network.predict(size, condition).layer
    held = process.memory_info().rss
    release_memory()
    assert held - process.memory_info().rss > 100e6
    np.testing.assert_array_equal(network.predict(size, condition).layer, first)


def test_other_threads_go_on_while_a_network_runs():
    load_packaged(MARKS).predict(picture(64, 64), np.zeros(layout.CONDITION_WIDTH, np.float32))
    ticks, over = [], threading.Event()

    def tick() -> None:
        while not over.wait(0.002):
            ticks.append(time.perf_counter())

    other = threading.Thread(target=tick)
    other.start()
    began = time.perf_counter()
    load_packaged(MARKS).predict(picture(512, 512), np.zeros(layout.CONDITION_WIDTH, np.float32))
    ended = time.perf_counter()
    over.set()
    other.join()
    inner = [at for at in ticks if began + 0.2 * (ended - began) < at < began + 0.8 * (ended - began)]
    assert len(inner) >= 3, "the interpreter was locked all the while"


def test_nothing_is_printed_to_standard_output():
    code = "from model.nano.network import MARKS, load_packaged; load_packaged(MARKS); print('picture')"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "picture\n"


@pytest.fixture
def unknown_operator(tmp_path) -> Path:
    """A graph that ONNX Runtime computes and MNN has no operator for."""
    graph = helper.make_graph(
        [helper.make_node("Hardmax", ["x"], ["y"])],
        "hardmax",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 3])],
    )
    path = tmp_path / "hardmax.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), path)
    return path


def test_a_graph_that_mnn_cannot_take_runs_in_onnx_runtime_and_that_is_said(unknown_operator, caplog):
    session = open_fast_session(unknown_operator)
    assert isinstance(session, OnnxRuntimeSession)
    assert session.run({"x": np.array([[1, 3, 2]], np.float32)})["y"].tolist() == [[0, 1, 0]]
    (line,) = caplog.messages
    assert line.startswith("hardmax.onnx runs in ONNX Runtime")
    assert "\n" not in line
