"""LoRA files in each layout that is in use, with and without a part for the text encoders."""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from model.diffdecompose import lora
from model.diffdecompose.errors import WrongLora

WIDTH, RANK, ALPHA = 64, 4, 2.0
BLOCK = "transformer_blocks.0"
PLACES = {
    f"{BLOCK}.attn.to_out.0": "img_attn_proj",
    f"{BLOCK}.attn.to_add_out": "txt_attn_proj",
}


def halves(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """A (rank, in) and B (out, rank)."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(RANK, WIDTH, generator=generator), torch.randn(WIDTH, RANK, generator=generator)


def kohya(folder: Path, clip: bool) -> Path:
    weights = {}
    for seed, name in enumerate(PLACES.values()):
        down, up = halves(seed)
        key = f"lora_unet_double_blocks_0_{name}"
        weights |= {f"{key}.lora_down.weight": down, f"{key}.lora_up.weight": up, f"{key}.alpha": torch.tensor(ALPHA)}
    if clip:
        for key in ("lora_te1_text_model_encoder_layers_0_mlp_fc1", "lora_te2_encoder_block_0_layer_0_SelfAttention_q"):
            down, up = halves(9)
            weights |= {f"{key}.lora_down.weight": down, f"{key}.lora_up.weight": up}
            weights[f"{key}.alpha"] = torch.tensor(ALPHA)
    save_file(weights, folder / "kohya.safetensors")
    return folder / "kohya.safetensors"


def diffusers(folder: Path, clip: bool) -> Path:
    weights = {}
    for seed, module in enumerate(PLACES):
        down, up = halves(seed)
        weights |= {f"transformer.{module}.lora_A.weight": down, f"transformer.{module}.lora_B.weight": up}
        weights[f"transformer.{module}.alpha"] = torch.tensor(ALPHA)
    if clip:
        down, up = halves(9)
        key = "text_encoder.text_model.encoder.layers.0.mlp.fc1"
        weights |= {f"{key}.lora_A.weight": down, f"{key}.lora_B.weight": up}
    save_file(weights, folder / lora.FILE)
    return folder


def peft(folder: Path, clip: bool) -> Path:
    weights = {}
    for seed, module in enumerate(PLACES):
        down, up = halves(seed)
        key = f"base_model.model.{module}"
        weights |= {f"{key}.lora_A.weight": down, f"{key}.lora_B.weight": up}
    save_file(weights, folder / "adapter_model.safetensors")
    (folder / "adapter_config.json").write_text(json.dumps({"r": RANK, "lora_alpha": ALPHA, "peft_type": "LORA"}))
    return folder


def background(pipeline, picture) -> np.ndarray:
    return pipeline(picture, steps=1, max_tokens=64).candidates[0].background


@pytest.fixture
def expected(pipeline, picture) -> np.ndarray:
    """The background with the change added by hand: alpha / rank times B A."""
    kept = {}
    with torch.no_grad():
        for seed, module in enumerate(PLACES):
            down, up = halves(seed)
            weight = pipeline.transformer.get_submodule(module).weight
            kept[module] = weight.clone()
            weight += ALPHA / RANK * up @ down
        changed = background(pipeline, picture)
        for module, weight in kept.items():
            pipeline.transformer.get_submodule(module).weight.copy_(weight)
    return changed


@pytest.mark.parametrize(
    ("layout", "clip"), [(kohya, False), (kohya, True), (diffusers, False), (diffusers, True), (peft, False)]
)
def test_each_layout_changes_the_transformer_by_alpha_over_rank_times_the_product(
    pipeline, picture, expected, tmp_path, layout: Callable[[Path, bool], Path], clip
):
    plain = background(pipeline, picture)
    notes = lora.load(pipeline, layout(tmp_path, clip), "other")
    assert np.allclose(background(pipeline, picture), expected, atol=1e-4)
    assert not np.allclose(expected, plain, atol=1e-3)
    lora.unload(pipeline)
    assert np.array_equal(background(pipeline, picture), plain)
    assert any("ignored text_encoder" in note for note in notes) == clip


def test_both_text_encoders_of_a_kohya_file_are_named(pipeline, tmp_path):
    notes = lora.load(pipeline, kohya(tmp_path, clip=True), "other")
    assert [note.split("ignored ")[1].split(" (")[0] for note in notes] == ["text_encoder", "text_encoder_2"]


def test_a_file_for_the_text_encoder_alone_is_refused(pipeline, tmp_path):
    down, up = halves(0)
    key = "text_encoder.text_model.encoder.layers.0.mlp.fc1"
    save_file({f"{key}.lora_A.weight": down, f"{key}.lora_B.weight": up}, tmp_path / "clip.safetensors")
    with pytest.raises(WrongLora, match="nothing for a Flux transformer"):
        lora.load(pipeline, tmp_path / "clip.safetensors", "clip")


def test_an_adapter_that_fails_halfway_leaves_nothing_behind(pipeline, picture, tmp_path):
    """A has another rank than B: the shapes at the ends fit, peft finds out only after it has put the layers in."""
    before = background(pipeline, picture)
    down, up = halves(0)
    key = f"transformer.{BLOCK}.attn.to_out.0"
    save_file({f"{key}.lora_A.weight": down[:2], f"{key}.lora_B.weight": up}, tmp_path / "odd.safetensors")
    with pytest.raises(WrongLora, match="cannot be loaded into this transformer"):
        lora.load(pipeline, tmp_path / "odd.safetensors", "odd")
    assert pipeline.get_list_adapters().get("transformer", []) == []
    assert np.array_equal(background(pipeline, picture), before)
