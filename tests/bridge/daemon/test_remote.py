"""The model's own verb, done by the daemon."""

import numpy as np
import pytest

from bridge import remote
from bridge.errors import BridgeError
from bridge.wire.discovery import HOME_VARIABLE
from model.blending import recompose
from model.decompose import decompose, silent
from model.errors import Cancelled, EngineUnavailable, OutOfMemory
from model.types import Composite, Kind, Metadata, Options, Request


def foggy(dtype, channels=3):
    ramp = np.linspace(40, 120, 48 * 64 * 3).reshape(48, 64, 3)
    pixels = ((0.4 * ramp + 0.6 * 230) * (np.iinfo(dtype).max // 255)).astype(dtype)
    if channels == 4:
        pixels = np.dstack([pixels, np.full((48, 64), np.iinfo(dtype).max, dtype)])
    return Composite(pixels, dpi=(300.0, 300.0), metadata=Metadata(xmp=b"<x/>"))


def tidy(client):
    """Whether nothing of ours stayed in the daemon; ours are 64 x 48."""
    return all(line.width != 64 or line.height != 48 for line in client.jobs())


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [3, 4])
def test_the_daemon_answers_as_the_model_does(client, dtype, channels):
    composite = foggy(dtype, channels)
    hint = np.full((48, 64), 128, np.uint8)
    request = Request(composite, Options(engine="classic", kind=Kind.FOG, candidates=1), hint, hint)
    here, there = decompose(request), remote.decompose(client, request, silent)
    assert np.array_equal(recompose(there[0]), composite.pixels)
    assert [layer.pixels.shape for layer in there[0].layers] == [layer.pixels.shape for layer in here[0].layers]
    assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(here[0].layers, there[0].layers, strict=True))
    assert there[0].provenance.options == request.options
    assert (there[0].dpi, there[0].metadata) == (composite.dpi, composite.metadata)
    assert {"network", "finish"} <= set(there[0].provenance.seconds)
    assert tidy(client)


def test_a_tick_that_raises_cancels_the_job(client):
    def tick(stage, step, steps, preview=None):
        if stage == "network":
            raise Cancelled("enough")

    with pytest.raises(Cancelled, match="enough"):
        remote.decompose(client, Request(foggy(np.uint8), Options(engine="slow", seed=200)), tick)
    assert tidy(client)


@pytest.mark.parametrize(
    ("engine", "error"), [("oom", OutOfMemory), ("missing", EngineUnavailable), ("crash", BridgeError)]
)
def test_errors_are_the_models_own(client, engine, error):
    with pytest.raises(error):
        remote.decompose(client, Request(foggy(np.uint8), Options(engine=engine)), silent)
    assert tidy(client)


def test_a_running_daemon_is_found_and_none_is_started(shared, tmp_path, monkeypatch):
    monkeypatch.setenv(HOME_VARIABLE, str(shared.folder))
    found = remote.running_daemon("test")
    assert found is not None
    found.close()
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "nobody"))
    assert remote.running_daemon("test") is None
    assert not (tmp_path / "nobody").exists()
