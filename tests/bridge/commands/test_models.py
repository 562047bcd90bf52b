"""`diffdecompose models` from the shell's side: what is printed, what is returned, what is asked."""

import io
import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("safetensors")

from safetensors.numpy import save_file

from bridge.cli import main


@pytest.fixture
def models(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("DIFFDECOMPOSE_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr("sys.stdin", io.StringIO())
    return tmp_path / "models"


@pytest.fixture
def alphavae(tmp_path) -> Path:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"in_channels": 4, "out_channels": 4}))
    save_file({"a": np.zeros(9, np.float32)}, folder / "diffusion_pytorch_model.safetensors")
    return folder


def test_the_list_says_size_licence_and_what_cannot_be_used(models, capsys):
    assert main(["models", "list"]) == 0
    text = capsys.readouterr().out
    for part in ("flux.1-kontext-dev", "not installed, 33.7 GB", "Non-Commercial", "cannot be used: its transformer"):
        assert part in text
    assert main(["models", "list", "--json"]) == 0
    lines = {line["name"]: line for line in json.loads(capsys.readouterr().out)}
    assert lines["qwen-layered"]["licence"] == "Apache-2.0"
    assert lines["flux.1-dev"]["device_gib"] == [4.5, 24.1]
    assert lines["flux.1-dev"]["gated"]


def test_nothing_of_the_catalogue_that_was_not_read_at_its_source_is_shown_as_if_it_had_been(models, capsys):
    assert main(["models", "list"]) == 0
    text = capsys.readouterr().out
    assert "not installed, 112 GB (not checked)" in text
    assert "Non-Commercial License (not checked)" in text
    assert main(["models", "list", "--json"]) == 0
    lines = [line for line in json.loads(capsys.readouterr().out) if "unverified" in line]
    assert text.count("(not checked)") == sum(len(line["unverified"]) for line in lines)
    for line in lines:
        assert {"gigabytes", "licence"} - {*line["sources"]} == {*line["unverified"]}


def test_a_model_is_taken_from_a_folder_once_its_licence_is_accepted_then_verified_and_removed(
    models, alphavae, capsys
):
    pull = ["models", "pull", "alphavae", "--from", str(alphavae)]
    assert main(pull) == 2
    seen = capsys.readouterr().err
    assert "no commercial use" in seen
    assert "--accept-licence" in seen
    assert not (models / "alphavae").exists()
    assert main([*pull, "--accept-licence"]) == 0
    assert main(["models", "path", "alphavae"]) == 0
    assert capsys.readouterr().out.splitlines() == [str(models / "alphavae")] * 2
    assert main(["models", "verify", "alphavae"]) == 0
    (models / "alphavae" / "config.json").write_text("{}")
    assert main(["models", "verify", "alphavae"]) == 3
    assert "config.json has" in capsys.readouterr().err
    assert main(["models", "remove", "alphavae"]) == 0
    assert not (models / "alphavae").exists()


def test_an_own_autoencoder_gets_a_name(models, alphavae, capsys):
    assert main(["models", "pull", "mine", "--from", str(alphavae)]) == 0
    assert capsys.readouterr().out == f"{models / 'mine'} (vae)\n"
    assert main(["models", "list"]) == 0
    assert "mine                 vae     installed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["pull", "nothing"], "no model 'nothing' in the catalogue"),
        (["pull", "flux.2-dev"], "cannot be used"),
        (["path", "flux.1-dev"], "run 'diffdecompose models pull flux.1-dev'"),
        (["verify", "flux"], "no model 'flux' is installed"),
        (["remove", "../x"], "no model '../x'"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_code_2(models, capsys, words, said):
    assert main(["models", *words]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_a_licence_is_accepted_by_a_person_at_a_terminal(models, alphavae, monkeypatch):
    terminal = io.StringIO("y\n")
    monkeypatch.setattr(terminal, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdin", terminal)
    assert main(["models", "pull", "alphavae", "--from", str(alphavae)]) == 0
    assert (models / "alphavae").is_dir()


def test_assembling_without_a_base_says_what_is_missing(models, alphavae, capsys):
    pytest.importorskip("diffusers")
    assert main(["models", "assemble", "--vae", str(alphavae), "--lora", str(alphavae)]) == 2
    assert "model_index.json" in capsys.readouterr().err
