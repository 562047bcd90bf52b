# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("diffusers")

import torch
from diffusers import (
    AutoencoderKLQwenImage,
    FlowMatchEulerDiscreteScheduler,
    QwenImageLayeredPipeline,
    QwenImageTransformer2DModel,
)
from safetensors.torch import save_file
from tokenizers.pre_tokenizers import ByteLevel
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration, Qwen2Tokenizer

from model.blending import recompose
from model.decompose import decompose, silent
from model.diffdecompose import memory, qwen_tiers
from model.diffdecompose.errors import NotFinite
from model.diffdecompose.memory import Tier
from model.engines import load
from model.engines import qwen_layered as engine_module
from model.engines.qwen_layered import _stacked
from model.errors import Cancelled, EngineUnavailable, OutOfMemory
from model.types import Candidate, Composite, Options, Request

torch.set_num_threads(1)


def text_parts():
    pieces = [*sorted(ByteLevel.alphabet()), "<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    vocabulary = {piece: i for i, piece in enumerate(pieces)}
    heads = {"num_attention_heads": 2, "num_key_value_heads": 2}
    rope = {"rope_type": "default", "mrope_section": [1, 1, 2], "rope_theta": 1e6}
    config = Qwen2_5_VLConfig(
        text_config={
            "vocab_size": len(pieces),
            "hidden_size": 16,
            "intermediate_size": 16,
            "num_hidden_layers": 1,
            "bos_token_id": 256,
            "eos_token_id": 256,
            "rope_parameters": rope,
        }
        | heads,
        vision_config={
            "depth": 1,
            "hidden_size": 16,
            "intermediate_size": 16,
            "num_heads": 2,
            "out_hidden_size": 16,
            "fullatt_block_indexes": [0],
        },
    )
    return Qwen2_5_VLForConditionalGeneration(config).eval(), Qwen2Tokenizer(vocab=vocabulary, merges=[])


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> Path:
    """The real pipeline with random weights on disk; 32 pixels a latent keep 640 x 640 small (and 8 latent channels,
    since the pipeline takes 4 of them for a picture that is encoded already)."""
    torch.manual_seed(0)
    text_encoder, tokenizer = text_parts()
    vae = AutoencoderKLQwenImage(
        base_dim=2,
        z_dim=8,
        dim_mult=[1] * 6,
        num_res_blocks=1,
        temperal_downsample=[False] * 5,
        input_channels=4,
        latents_mean=[0.0] * 8,
        latents_std=[1.0] * 8,
    )
    torch.nn.init.normal_(vae.decoder.conv_out.weight, std=0.5)
    transformer = QwenImageTransformer2DModel(
        patch_size=2,
        in_channels=32,
        out_channels=8,
        num_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=16,
        axes_dims_rope=(8, 4, 4),
        use_additional_t_cond=True,
        use_layer3d_rope=True,
    )
    folder = tmp_path_factory.mktemp("models")
    QwenImageLayeredPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=vae,
        text_encoder=text_encoder,
        tokenizer=tokenizer,
        processor=None,
        transformer=transformer,
    ).save_pretrained(folder / "qwen-layered", safe_serialization=True)
    return folder


@pytest.fixture(scope="module")
def engine(models):
    return engine_module.QwenLayeredEngine(models / "qwen-layered")


def request(**options) -> Request:
    pixels = np.random.default_rng(1).integers(0, 256, (70, 70, 3), dtype=np.uint8)
    return Request(Composite(pixels), Options(engine="qwen-layered", **{"steps": 1} | options))


def paint(candidate: Candidate) -> np.ndarray:
    assert candidate.paint is not None
    return candidate.paint.astype(np.float32)


def test_n_layers_at_native_size_stack_to_the_very_picture(models, monkeypatch):
    monkeypatch.setenv("DIFFDECOMPOSE_MODELS", str(models))
    load.cache_clear()
    asked = request(layers=3)
    (answer,) = decompose(asked)
    load.cache_clear()
    assert np.array_equal(recompose(answer), asked.composite.pixels)
    assert len(answer.foregrounds) == 3
    assert answer.provenance.engine == "qwen-layered"


def test_candidates_differ_by_seed_not_by_company_and_an_empty_prompt_starts_no_caption_pass(engine, monkeypatch):
    monkeypatch.setattr(
        engine._pipeline, "get_image_caption", lambda *args, **kwargs: pytest.fail("a caption was asked for")
    )
    several = {one.seed: one for one in engine.estimate(request(candidates=2, seed=3), silent)}
    (alone,) = engine.estimate(request(seed=4), silent)
    assert set(several) == {3, 4}
    assert np.array_equal(several[4].paint, alone.paint)
    assert not np.array_equal(several[3].paint, alone.paint)


def test_progress_counts_steps_over_all_candidates_and_cancel_stops_at_once(engine):
    seen, decoded = [], []
    hook = engine._pipeline.vae.decoder.register_forward_hook(lambda *_: decoded.append(len(seen)))

    def stop(stage, step, steps, preview=None):
        seen.append((step, steps))
        if step == 3:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        engine.estimate(request(steps=2, candidates=2), stop)
    hook.remove()
    assert seen == [(1, 4), (2, 4), (3, 4)]
    assert set(decoded) == {2}  # the first candidate's layers; none of the one that was stopped


def test_nan_stops_with_an_error(engine):
    hook = engine._pipeline.transformer.proj_out.register_forward_hook(lambda _m, _a, out: out * float("nan"))
    with pytest.raises(NotFinite, match="step 1 of 2"):
        engine.estimate(request(steps=2), silent)
    hook.remove()
    assert engine.estimate(request(), silent)


def test_out_of_memory_is_typed(engine):
    def full(*_):
        raise torch.OutOfMemoryError("full")

    hook = engine._pipeline.transformer.register_forward_pre_hook(full)
    with pytest.raises(OutOfMemory, match="fewer layers"):
        engine.estimate(request(), silent)
    hook.remove()


@pytest.mark.parametrize("turned", [False, True])
def test_the_order_that_explains_the_picture_is_believed(turned):
    rng = np.random.default_rng(0)
    bottom, top = rng.uniform(size=(2, 8, 8, 4)).astype(np.float32)
    bottom[..., 3] = 1
    seen = top[..., 3:] * top[..., :3] + (1 - top[..., 3:]) * bottom[..., :3]
    layers = np.stack([top, bottom] if turned else [bottom, top])
    answer = _stacked(layers, seen, seed=1)
    assert np.array_equal(answer.foregrounds[0], top)
    assert np.allclose(answer.background, bottom[..., :3])


@pytest.mark.parametrize(
    ("tier", "library", "tolerance"),
    [(Tier.OFFLOAD, None, 0.0), (Tier.FP8, "torchao", 0.1), (Tier.NF4, "bitsandbytes", 0.35)],
)
def test_every_tier_gives_nearly_the_layers_of_the_faithful_one(models, engine, tier, library, tolerance):
    if library:
        pytest.importorskip(library)
    (faithful,) = engine.estimate(request(), silent)
    (found,) = engine_module.QwenLayeredEngine(models / "qwen-layered", tier).estimate(request(), silent)
    one, other = paint(faithful), paint(found)
    change = np.abs(other - one).mean() / one.std()
    assert change <= tolerance
    assert (change > 0) == (tier is not Tier.OFFLOAD)


def test_the_gguf_tier_reads_the_transformer_from_the_file(models, engine, tmp_path):
    gguf = pytest.importorskip("gguf")
    shutil.copytree(models / "qwen-layered", tmp_path / "qwen-layered")
    with pytest.raises(EngineUnavailable, match=r"needs a \.gguf file"):
        engine_module.QwenLayeredEngine(tmp_path / "qwen-layered", Tier.GGUF)
    writer = gguf.GGUFWriter(tmp_path / "qwen-layered" / "transformer-Q8_0.gguf", "qwen_image")
    for name, weight in engine._pipeline.transformer.state_dict().items():
        values = weight.float().numpy()
        if values.ndim == 2 and values.shape[1] % 32 == 0 and "transformer_blocks" in name:
            packed = gguf.quants.quantize(values, gguf.GGMLQuantizationType.Q8_0)
            writer.add_tensor(name, packed, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
        else:
            writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    (faithful,) = engine.estimate(request(), silent)
    small = engine_module.QwenLayeredEngine(tmp_path / "qwen-layered", Tier.GGUF)
    (found,) = small.estimate(request(), silent)
    change = np.abs(paint(found) - paint(faithful)).mean() / paint(faithful).std()
    assert 0 < change < 0.05


def test_a_lora_for_few_steps_sets_steps_and_guidance_and_is_fused(models, engine, tmp_path):
    shutil.copytree(models / "qwen-layered", tmp_path / "qwen-layered")
    weights = {}
    for side, shape in (("A", (4, 32)), ("B", (32, 4))):
        weights[f"transformer.transformer_blocks.0.attn.to_q.lora_{side}.weight"] = torch.randn(shape)
    (tmp_path / "qwen-layered" / "lora").mkdir()
    file = tmp_path / "qwen-layered" / "lora" / "Lightning-4steps-bf16.safetensors"
    save_file(weights, file)
    quick = engine_module.QwenLayeredEngine(tmp_path / "qwen-layered")
    assert quick._pipeline is not None
    assert not any("lora" in name for name, _ in quick._pipeline.transformer.named_modules())
    passes = []
    quick._pipeline.transformer.register_forward_hook(lambda *_: passes.append(1))
    seen = []
    (found,) = quick.estimate(request(steps=None), lambda stage, step, steps, preview=None: seen.append(steps))
    assert seen == [4] * 4
    assert len(passes) == 4  # one pass a step: no guidance
    (plain,) = engine.estimate(request(steps=4), silent)
    assert not np.array_equal(found.paint, plain.paint)
    save_file({"other.lora_A.weight": torch.zeros(4, 4), "other.lora_B.weight": torch.zeros(4, 4)}, file)
    with pytest.raises(EngineUnavailable, match=r"Lightning-4steps-bf16\.safetensors cannot be used"):
        engine_module.QwenLayeredEngine(tmp_path / "qwen-layered")


def test_the_most_faithful_tier_that_fits_is_chosen_and_the_chain_of_smaller_ones_ends(monkeypatch):
    monkeypatch.setattr(memory, "find_spec", lambda name: True)
    chosen = [qwen_tiers.TIERS.choose(gib) for gib in (80, 48, 32, 16, 8, 2)]
    assert chosen == [Tier.BF16, Tier.OFFLOAD, Tier.FP8, Tier.NF4, Tier.GROUP, Tier.GROUP]
    assert qwen_tiers.TIERS.choose(20, gguf=True) is Tier.GGUF
    assert qwen_tiers.TIERS.choose(80, gguf=True) is Tier.BF16
    chain = [Tier.BF16]
    while (after := qwen_tiers.TIERS.smaller(chain[-1])) is not None:
        chain.append(after)
    assert chain == [Tier.BF16, Tier.OFFLOAD, Tier.FP8, Tier.NF4, Tier.GROUP]
    monkeypatch.setattr(memory, "find_spec", lambda name: None)
    assert qwen_tiers.TIERS.choose(32) is Tier.GROUP


def test_without_weights_the_engine_says_where_they_belong(tmp_path, monkeypatch):
    monkeypatch.setenv("DIFFDECOMPOSE_MODELS", str(tmp_path))
    load.cache_clear()
    with pytest.raises(EngineUnavailable, match=r"no weights at .*qwen-layered"):
        load("qwen-layered")


def test_full_size_weights_without_a_gpu_are_refused(models, monkeypatch):
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    monkeypatch.setattr(engine_module, "_TOO_LARGE_FOR_A_CPU", 1000)
    with pytest.raises(EngineUnavailable, match="needs a CUDA device"):
        engine_module.QwenLayeredEngine(models / "qwen-layered")
