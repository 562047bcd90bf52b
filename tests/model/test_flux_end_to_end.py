"""From a base and generated pictures to a PSD, by the commands that a researcher types; tiny, but the real classes."""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("diffusers")
pytest.importorskip("accelerate")

import torch
from accelerate.state import AcceleratorState
from PIL import Image
from psd_tools import PSDImage

from bridge.cli import main
from model.diffdecompose import lora_files, standin
from model.engines import load
from model.weights.manifest import read

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    """What FLUX.1-Kontext-dev's folder holds, at tiny size."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("download")
    transformer = standin.transformer(standin.TINY)
    standin.randomise(transformer, seed=1)
    vae = standin.autoencoder(standin.TINY)
    parts = {"transformer": transformer, "vae": vae, "scheduler": standin.scheduler()}
    parts |= standin.text_parts(standin.TINY)
    index: dict = {"_class_name": "FluxKontextPipeline", "_diffusers_version": "0.30.0"}
    for name, part in parts.items():
        part.save_pretrained(folder / name)
        library = "diffusers" if name in ("transformer", "vae", "scheduler") else "transformers"
        index[name] = [library, type(part).__name__]
    (folder / "model_index.json").write_text(json.dumps(index))
    return folder


def run(*words: str | Path) -> None:
    AcceleratorState._reset_state(reset_partial_state=True)  # a command is a process of its own elsewhere
    assert main([str(word) for word in words]) == 0


def test_both_stages_are_trained_assembled_found_by_name_and_take_a_picture_apart_exactly(
    base, pack, scene, tmp_path, monkeypatch, capsys
):
    models = tmp_path / "models"
    monkeypatch.setenv("DIFFDECOMPOSE_MODELS", str(models))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    load.cache_clear()
    few = ["--data", pack, "--steps", "2", "--size", "48", "--save-every", "2"]

    assert main(["models", "pull", "flux.1-dev", "--from", str(base), "--accept-licence"]) == 2
    assert "another SHA-256 than the catalogue demands" in capsys.readouterr().err  # random weights are not FLUX.1-dev
    run("models", "pull", "flux.1-kontext-dev", "--from", base, "--accept-licence")
    run("train", "vae", "--model", "flux.1-kontext-dev", "--out", tmp_path / "one", "--rate", "1e-3", *few)
    run("models", "pull", "my-vae", "--from", tmp_path / "one")
    run(
        "train",
        "lora",
        "--model",
        "flux.1-kontext-dev",
        "--vae",
        "my-vae",
        "--out",
        tmp_path / "two",
        "--rank",
        "4",
        *few,
    )
    run("models", "pull", "my-lora", "--from", tmp_path / "two")
    run("models", "assemble", "--base", "flux.1-kontext-dev", "--vae", "my-vae", "--lora", "my-lora")
    run("models", "verify", "flux")
    assert {one.name for one in models.iterdir()} >= {"flux.1-kontext-dev", "my-vae", "my-lora", "flux"}
    recipe = lora_files.read_recipe(models / "flux" / "lora" / lora_files.FILE)
    assert recipe is not None
    assert recipe.base_name == "flux.1-kontext-dev"
    assert (made := read(models / "flux")) is not None
    assert "my-lora" in made.source

    picture = (scene * 255).astype(np.uint8)
    Image.fromarray(picture).save(tmp_path / "photo.png")
    run(
        "decompose",
        tmp_path / "photo.png",
        "-o",
        tmp_path / "photo.psd",
        "--engine",
        "flux",
        "--steps",
        "1",
        "--daemon",
        "never",
    )
    load.cache_clear()
    layers = PSDImage.open(tmp_path / "photo.psd")
    assert np.array_equal(np.asarray(layers.composite().convert("RGB")), picture)
    assert sum(layer.kind == "pixel" for layer in layers.descendants()) >= 1
