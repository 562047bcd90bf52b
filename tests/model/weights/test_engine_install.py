"""From "needs a download" to "ready" by the one command that the dialogs show, over a hub on the loopback."""

import json
from dataclasses import replace

import pytest

pytest.importorskip("diffusers")

from huggingface_hub import constants

from bridge.cli import main
from bridge.engine_info import engine_info
from model.engines import available
from model.weights import catalogue

from .conftest import WEIGHTS

NAME = "qwen-layered"


def state():
    return next(one for one in available() if one.name == NAME)


def test_the_command_that_a_dialog_shows_makes_the_engine_ready(hub, models, monkeypatch, capsys):
    monkeypatch.setenv("DIFFDECOMPOSE_MODELS", str(models))
    monkeypatch.setattr(constants, "ENDPOINT", hub.address)
    monkeypatch.setattr(
        constants, "HUGGINGFACE_CO_URL_TEMPLATE", hub.address + "/{repo_id}/resolve/{revision}/{filename}"
    )
    small = replace(catalogue.ENTRIES[NAME], files=("model_index.json", "transformer/*"), gigabytes=0.001)
    monkeypatch.setitem(catalogue.ENTRIES, NAME, small)
    index = json.dumps({"_class_name": "QwenImageLayeredPipeline", "transformer": ["diffusers", "Transformer"]})
    hub.files = {"model_index.json": index.encode(), "transformer/model.safetensors": WEIGHTS}
    before = engine_info(state())
    assert (before.state, before.models[0].installed) == ("unavailable", False)
    program, *words = before.command.split()
    assert program == "diffdecompose"
    assert main(words) == 0
    assert "qwen-layered is installed" in capsys.readouterr().out
    after = engine_info(state())
    assert (after.state, after.command, after.models[0].installed) == ("ready", "", True)
