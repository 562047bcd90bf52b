# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

import inspect
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL, AutoencoderKLFlux2, Flux2Pipeline, Flux2Transformer2DModel
from safetensors.torch import save_file

from model.diffdecompose import lora, standin, tiers
from model.diffdecompose.alpha_vae import to_rgba
from model.diffdecompose.assembly import assemble
from model.diffdecompose.errors import WrongComponents, WrongLora
from model.diffdecompose.memory import Tier
from model.diffdecompose.pipeline import DiffDecomposePipeline
from model.errors import InvalidRequest
from model.weights import local, manifest
from model.weights.catalogue import ENTRIES
from model.weights.errors import Damaged


@pytest.fixture(scope="module")
def base(folder, tmp_path_factory) -> Path:
    """What a base of the catalogue looks like: FLUX.1-dev's own index, a plain autoencoder."""
    path = tmp_path_factory.mktemp("bases") / "flux.1-dev"
    shutil.copytree(folder, path)
    shutil.rmtree(path / "vae")
    standin.autoencoder(standin.TINY).save_pretrained(path / "vae")
    index = json.loads((path / "model_index.json").read_text())
    kept = {name: value for name, value in index.items() if isinstance(value, list)}
    index = kept | {"_class_name": "FluxPipeline", "image_encoder": [None, None], "feature_extractor": [None, None]}
    (path / "model_index.json").write_text(json.dumps(index))
    return path


@pytest.fixture(scope="module")
def vae(tmp_path_factory) -> Path:
    torch.manual_seed(5)
    path = tmp_path_factory.mktemp("vaes") / "vae"
    to_rgba(standin.autoencoder(standin.TINY)).save_pretrained(path)
    return path


@pytest.fixture
def adapter(base, vae, tmp_path) -> Path:
    """A LoRA trained on the base, at a prompt length of its own."""
    pipeline = DiffDecomposePipeline.from_pretrained(
        base, vae=AutoencoderKL.from_pretrained(vae), position="column", max_tokens=32, guidance=2.5
    )
    recipe = lora.recipe_of(pipeline, "flux.1-dev")
    lora.add(pipeline.transformer, rank=4)
    return lora.save(pipeline.transformer, tmp_path / "lora", recipe)


def test_the_assembled_folder_loads_with_the_settings_the_lora_was_trained_with(base, vae, adapter, tmp_path):
    models = tmp_path / "models"
    made = assemble(models, base, vae, adapter)
    assert made == models / "flux"
    assert manifest.verify(made) == ()
    pipeline = tiers.load(made, Tier.BF16, torch.device("cpu"))
    assert (pipeline.config.position, pipeline.config.max_tokens, pipeline.config.guidance) == ("column", 32, 2.5)
    assert pipeline.vae.config.in_channels == 4
    assert not any("lora" in name for name, _ in pipeline.transformer.named_modules())  # fused
    one, other = (path / "transformer" / "diffusion_pytorch_model.safetensors" for path in (base, made))
    assert os.path.samefile(one, other)  # linked, not copied


def test_assembling_again_replaces_what_was_assembled_and_nothing_else(base, vae, adapter, tmp_path):
    models = tmp_path / "models"
    assemble(models, base, vae, adapter)
    before = (models / "flux" / "model_index.json").stat().st_ino
    assert (assemble(models, base, vae, adapter) / "model_index.json").stat().st_ino != before
    (models / "flux" / manifest.MANIFEST).unlink()  # as a folder that somebody put there by hand
    with pytest.raises(InvalidRequest, match="was not assembled by this command: move it away"):
        assemble(models, base, vae, adapter)


def test_installed_models_are_found_by_name_and_a_wrong_kind_is_refused(base, vae, adapter, tmp_path):
    models = tmp_path / "models"
    local.register("my-vae", vae, models)
    local.register("my-lora", adapter, models)
    assert assemble(models, base, Path("my-vae"), Path("my-lora"), "second") == models / "second"
    with pytest.raises(InvalidRequest, match="my-lora is a lora, a vae is needed"):
        assemble(models, base, Path("my-lora"), Path("my-lora"))


def test_a_lora_of_another_base_is_refused_naming_both(base, vae, adapter, tmp_path):
    file = tmp_path / "other.safetensors"
    found = lora.lora_files.read(adapter)
    save_file(dict(found.weights), file, metadata=replace(found.recipe, base="0123456789abcdef").to_metadata())
    with pytest.raises(WrongLora, match=r"trained on the base flux\.1-dev \(0123456789abcdef\), .* is another one"):
        assemble(tmp_path / "models", base, vae, file)
    assert not (tmp_path / "models" / "flux").exists()


def test_a_lora_a_vae_and_a_base_that_do_not_fit_are_refused(base, vae, adapter, folder, tmp_path):
    models = tmp_path / "models"
    strange = tmp_path / "strange.safetensors"
    key = "transformer.transformer_blocks.0.attn.to_q"
    save_file({f"{key}.lora_A.weight": torch.zeros(4, 48), f"{key}.lora_B.weight": torch.zeros(64, 4)}, strange)
    with pytest.raises(WrongLora, match="has 48 features"):
        assemble(models, base, vae, strange)
    with pytest.raises(InvalidRequest, match=r"\(3, 3\) channels"):
        assemble(models, base, base / "vae", adapter)
    wide = tmp_path / "wide"
    to_rgba(standin.autoencoder(replace(standin.TINY, latent=8))).save_pretrained(wide)
    with pytest.raises(WrongComponents, match="8 latent channels of"):
        assemble(models, base, wide, adapter)
    with pytest.raises(InvalidRequest, match="model_index"):
        assemble(models, vae, vae, adapter)
    assert not models.exists() or not (models / "flux").exists()


def test_a_base_whose_weights_are_cut_off_is_damage(base, vae, adapter, tmp_path):
    copy = tmp_path / "base"
    shutil.copytree(base, copy)
    weights = copy / "transformer" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(Damaged, match="not a whole safetensors file"):
        assemble(tmp_path / "models", copy, vae, adapter)


def test_kontext_counts_as_a_base(base, vae, adapter, tmp_path):
    copy = tmp_path / "flux.1-kontext-dev"
    shutil.copytree(base, copy)
    index = json.loads((copy / "model_index.json").read_text())
    (copy / "model_index.json").write_text(json.dumps(index | {"_class_name": "FluxKontextPipeline"}))
    made = assemble(tmp_path / "models", copy, vae, adapter)
    picture = np.zeros((32, 32, 3), np.uint8)
    pipeline = tiers.load(made, Tier.BF16, torch.device("cpu"))
    with tiers.load_text_encoders(pipeline, made):
        assert pipeline(picture, steps=1).candidates
    (copy / "model_index.json").write_text(json.dumps(index | {"_class_name": "Flux2Pipeline"}))
    with pytest.raises(WrongComponents, match=r"is a Flux2Pipeline, a base of FLUX\.1 is needed"):
        assemble(tmp_path / "models", copy, vae, adapter)


def test_what_the_catalogue_says_against_flux_2_is_true_of_its_classes():
    said = ENTRIES["flux.2-dev"].unsupported
    assert said is not None
    axes, channels = (
        inspect.signature(one.__init__).parameters[name].default
        for one, name in ((Flux2Transformer2DModel, "axes_dims_rope"), (AutoencoderKLFlux2, "latent_channels"))
    )
    assert "four position axes" in said
    assert len(axes) == 4
    assert "latents of 32 channels" in said
    assert channels == 32
    assert "one text encoder of another kind" in said
    assert "text_encoder_2" not in inspect.signature(Flux2Pipeline.__init__).parameters
