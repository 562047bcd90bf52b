# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("diffusers")

import torch

from model.blending import recompose
from model.decompose import decompose, silent
from model.diffdecompose import lora, standin
from model.diffdecompose.alpha_vae import to_rgba
from model.diffdecompose.memory import Tier
from model.diffdecompose.pipeline import DiffDecomposePipeline
from model.engines import available, load
from model.engines import flux as engine_module
from model.engines.flux import FluxEngine
from model.errors import Cancelled, EngineUnavailable, OutOfMemory
from model.types import BlendType, Composite, Kind, Options, Quality, Request

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> Path:
    """A folder of models with one for flux, real classes and random weights on disk."""
    torch.manual_seed(0)
    transformer = standin.transformer(standin.TINY)
    standin.randomise(transformer, seed=1)
    vae = to_rgba(standin.autoencoder(standin.TINY))
    # Untrained alpha is 1 everywhere; let it follow the latents so that layers are neither empty nor opaque.
    torch.nn.init.normal_(vae.decoder.conv_out.weight[3:], std=0.3)
    assert vae.decoder.conv_out.bias is not None
    torch.nn.init.zeros_(vae.decoder.conv_out.bias[3:])
    folder = tmp_path_factory.mktemp("models")
    DiffDecomposePipeline(
        transformer=transformer, vae=vae, scheduler=standin.scheduler(), **standin.text_parts(standin.TINY)
    ).save_pretrained(folder / "flux", safe_serialization=True)
    return folder


@pytest.fixture(autouse=True)
def here(models, tmp_path, monkeypatch):
    monkeypatch.setenv("DIFFDECOMPOSE_MODELS", str(models))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(engine_module, "SIDE", 39)  # 32 x 48 for the picture below
    load.cache_clear()
    yield
    load.cache_clear()


def request(dtype=np.uint8, **options) -> Request:
    pixels = np.random.default_rng(1).integers(0, np.iinfo(dtype).max, (61, 83, 3), dtype=dtype, endpoint=True)
    return Request(Composite(pixels), Options(engine="flux", **{"steps": 1} | options))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("layers", [1, 3])
def test_the_layers_at_native_size_stack_to_the_very_picture(dtype, layers):
    asked = request(dtype, layers=layers, blend=BlendType.NORMAL)
    (answer,) = decompose(asked)
    assert np.array_equal(recompose(answer), asked.composite.pixels)
    assert answer.provenance.engine == "flux"
    assert answer.provenance.recomposition_error == 0
    assert len(answer.foregrounds) == layers
    assert answer.provenance.coverage > 0.1


def test_candidates_come_best_first_and_repeat_exactly():
    asked = request(candidates=3, seed=4, kind=Kind.FOG)
    first, second = (load("flux").estimate(asked, silent) for _ in range(2))
    confidences = [one.confidence for one in first]
    assert confidences == sorted(confidences, reverse=True)
    assert {one.seed for one in first} == {4, 5, 6}
    assert all(one.kind is Kind.FOG and one.engine == "flux" for one in first)
    for one, other in zip(first, second, strict=True):
        assert one.seed == other.seed
        assert np.array_equal(one.layers[0].emission, other.layers[0].emission)


def test_text_encoders_are_loaded_for_new_words_and_then_let_go(monkeypatch):
    from model.diffdecompose import tiers

    loads = []
    real = tiers.load_text_encoders
    monkeypatch.setattr(tiers, "load_text_encoders", lambda *args: loads.append(1) or real(*args))
    engine = load("flux")
    for prompt in ("a stamp", "a stamp", "a logo"):
        engine.estimate(request(prompt=prompt), silent)
    assert len(loads) == 2
    assert engine._pipeline.text_encoder_2 is None
    # Another process finds them on disk.
    FluxEngine(engine._folder).estimate(request(prompt="a logo"), silent)
    assert len(loads) == 2


def test_quality_sets_the_steps_and_the_user_overrides_them():
    def steps(**options) -> int:
        seen = []
        load("flux").estimate(
            Request(request().composite, Options(engine="flux", **options)),
            lambda stage, step, steps, preview=None: seen.append(steps) if stage == "network" else None,
        )
        return seen[-1]

    counts = [steps(quality=quality) for quality in Quality]
    assert counts == [14, 28, 56]
    assert steps(quality=Quality.BEST, steps=2) == 2


def test_a_lora_distilled_for_few_steps_is_sampled_in_that_many(models, tmp_path, monkeypatch):
    shutil.copytree(models, tmp_path / "models")
    folder = tmp_path / "models" / "flux"
    pipeline = DiffDecomposePipeline.from_pretrained(folder)
    recipe = replace(lora.recipe_of(pipeline, "flux"), steps=3)
    lora.add(pipeline.transformer, rank=2)
    lora.save(pipeline.transformer, folder / "lora", recipe)
    monkeypatch.setenv("DIFFDECOMPOSE_MODELS", str(tmp_path / "models"))
    load.cache_clear()
    seen = []

    def tick(stage, step, steps, preview=None):
        if stage == "network":
            seen.append(steps)

    load("flux").estimate(Request(request().composite, Options(engine="flux")), tick)
    load("flux").estimate(request(steps=1), tick)
    assert seen == [3, 3, 3, 1]


def test_a_hint_keeps_the_layer_where_the_user_pointed():
    plain = request()
    hint = np.zeros((61, 83), np.uint8)
    hint[:, :20] = 255
    (candidate,) = load("flux").estimate(Request(plain.composite, plain.options, hint=hint), silent)
    alpha = candidate.layers[0].alpha
    assert not alpha[:, 30:].any()
    assert alpha[:, :8].any()


def test_cancelling_leaves_the_engine_usable():
    def stop(stage, step, steps, preview=None):
        if stage == "network":
            raise Cancelled("stopped")

    engine = load("flux")
    with pytest.raises(Cancelled):
        engine.estimate(request(steps=3), stop)
    assert engine.estimate(request(), silent)


def test_out_of_memory_is_typed_offers_the_next_tier_and_the_next_call_uses_it():
    engine = FluxEngine(engine_module.models_folder() / "flux", Tier.BF16)

    def full(*_):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    assert engine._pipeline is not None
    engine._pipeline.transformer.register_forward_pre_hook(full)
    with pytest.raises(OutOfMemory, match="in the bf16 tier: run it again, it will use the"):
        engine.estimate(request(), silent)
    assert engine.tier is not Tier.BF16
    assert engine._pipeline is None
    assert engine.estimate(request(), silent)


def test_after_the_last_tier_the_way_out_is_another_engine():
    engine = FluxEngine(engine_module.models_folder() / "flux", Tier.GROUP)
    with pytest.raises(OutOfMemory, match="choose nano"), engine._memory_guard():
        raise torch.OutOfMemoryError("full")


def test_without_weights_the_engine_says_where_they_belong(tmp_path, monkeypatch):
    monkeypatch.setenv("DIFFDECOMPOSE_MODELS", str(tmp_path / "empty"))
    state = next(one for one in available() if one.name == "flux")
    assert not state.ready
    assert "no weights at" in state.reason
    assert "\n" not in state.reason
    with pytest.raises(EngineUnavailable, match="no weights at"):
        load("flux")


def test_a_folder_that_lacks_a_part_is_noticed_before_loading(models, tmp_path, monkeypatch):
    shutil.copytree(models, tmp_path / "models")
    shutil.rmtree(tmp_path / "models" / "flux" / "vae")
    monkeypatch.setenv("DIFFDECOMPOSE_MODELS", str(tmp_path / "models"))
    with pytest.raises(EngineUnavailable, match="lacks vae"):
        load("flux")


def test_full_size_weights_without_a_gpu_are_refused(models, monkeypatch):
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    monkeypatch.setattr(engine_module, "_TOO_LARGE_FOR_A_CPU", 1000)
    with pytest.raises(EngineUnavailable, match="needs a CUDA device"):
        load("flux")


def test_asking_whether_flux_is_ready_imports_no_torch():
    code = "import sys; from model.engines import flux; flux.missing(); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
