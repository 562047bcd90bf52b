# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from model.diffdecompose import lora, memory, standin, tiers
from model.diffdecompose.memory import Tier
from model.diffdecompose.prompts import LayerPrompts, describe, embed
from model.diffdecompose.quantise import shrunk_layers
from model.errors import EngineUnavailable
from model.types import BlendType

CPU = torch.device("cpu")
PROMPT = describe(LayerPrompts(), BlendType.NORMAL, 1)


@pytest.fixture(scope="module")
def text():
    torch.manual_seed(2)
    parts = standin.text_parts(standin.TINY)
    readers = (parts[name] for name in ("tokenizer", "text_encoder", "tokenizer_2", "text_encoder_2"))
    return embed(PROMPT, *readers, max_tokens=32)


def background(pipeline, picture, text) -> np.ndarray:
    return pipeline(picture, steps=1, text=text).candidates[0].background


@pytest.fixture(scope="module")
def faithful(folder, picture, text) -> np.ndarray:
    return background(tiers.load(folder, Tier.BF16, CPU), picture, text)


@pytest.fixture(scope="module")
def with_gguf(folder, tmp_path_factory) -> Path:
    """A copy of the model folder with the transformer beside it as a GGUF file of Q8_0 weights."""
    gguf = pytest.importorskip("gguf")
    path = tmp_path_factory.mktemp("gguf") / "flux"
    shutil.copytree(folder, path)
    transformer = tiers.load(folder, Tier.BF16, CPU).transformer
    writer = gguf.GGUFWriter(path / "transformer-Q8_0.gguf", "flux")
    for name, weight in transformer.state_dict().items():
        values = weight.numpy()
        if values.ndim == 2 and values.shape[1] % 32 == 0 and "transformer_blocks" in name:
            packed = gguf.quants.quantize(values, gguf.GGMLQuantizationType.Q8_0)
            writer.add_tensor(name, packed, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
        else:
            writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.mark.parametrize(
    ("tier", "library", "tolerance"),
    [
        (Tier.OFFLOAD, None, 0.0),
        (Tier.FP8, "torchao", 0.1),
        (Tier.INT8, "torchao", 0.05),
        (Tier.NF4, "bitsandbytes", 0.3),
        (Tier.GROUP, None, 0.1),
    ],
)
def test_every_tier_gives_nearly_the_layers_of_the_faithful_one(
    folder, picture, text, faithful, tier, library, tolerance
):
    if library:
        pytest.importorskip(library)
    found = background(tiers.load(folder, tier, CPU), picture, text)
    change = np.abs(found - faithful).mean() / faithful.std()
    assert change <= tolerance
    assert (change > 0) == (tier is not Tier.OFFLOAD)


def test_the_gguf_tier_reads_the_transformer_from_the_file(with_gguf, picture, text, faithful):
    shutil.rmtree(with_gguf / "lora", ignore_errors=True)
    pipeline = tiers.load(with_gguf, Tier.GGUF, CPU)
    change = np.abs(background(pipeline, picture, text) - faithful).mean() / faithful.std()
    assert 0 < change < 0.05


def test_the_gguf_tier_without_a_file_says_so(folder):
    with pytest.raises(EngineUnavailable, match=r"needs a .gguf file"):
        tiers.load(folder, Tier.GGUF, CPU)


def test_a_missing_library_is_named_with_its_extra(folder, monkeypatch):
    monkeypatch.setattr(memory, "find_spec", lambda name: None)
    with pytest.raises(EngineUnavailable, match=r"nf4 tier needs bitsandbytes: .*diffdecompose-bridge\[bitsandbytes\]"):
        tiers.load(folder, Tier.NF4, CPU)


def test_the_lora_beside_the_weights_is_fused_in(folder, tmp_path, picture, text, faithful):
    copy = tmp_path / "flux"
    shutil.copytree(folder, copy)
    torch.manual_seed(1)
    transformer = standin.transformer(standin.TINY)
    lora.add(transformer, rank=4)
    for name, weight in transformer.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.3)
    lora.save(transformer, copy / "lora")
    pipeline = tiers.load(copy, Tier.BF16, CPU)
    assert not any("lora" in name for name, _ in pipeline.transformer.named_modules())
    assert not np.allclose(background(pipeline, picture, text), faithful, atol=1e-3)


def test_an_incomplete_folder_says_what_to_do(folder, tmp_path):
    copy = tmp_path / "flux"
    shutil.copytree(folder, copy)
    next((copy / "transformer").glob("*.safetensors")).unlink()
    with pytest.raises(EngineUnavailable, match="fetch it again"):
        tiers.load(copy, Tier.BF16, CPU)


def test_the_most_faithful_tier_that_fits_is_chosen(monkeypatch):
    monkeypatch.setattr(memory, "find_spec", lambda name: True)
    assert [tiers.TIERS.choose(gib) for gib in (80, 24, 16, 10, 6, 1)] == [
        Tier.BF16,
        Tier.OFFLOAD,
        Tier.FP8,
        Tier.NF4,
        Tier.GROUP,
        Tier.GROUP,
    ]
    monkeypatch.setattr(memory, "find_spec", lambda name: None)
    assert [tiers.TIERS.choose(gib) for gib in (80, 16)] == [Tier.BF16, Tier.GROUP]


def test_each_next_tier_needs_less_and_the_chain_ends(monkeypatch):
    monkeypatch.setattr(memory, "find_spec", lambda name: True)
    chain = [Tier.BF16]
    while (after := tiers.TIERS.smaller(chain[-1])) is not None:
        chain.append(after)
    assert chain == [Tier.BF16, Tier.FP8, Tier.NF4, Tier.GROUP]


def test_almost_all_weights_lie_in_the_layers_that_shrink():
    with torch.device("meta"):
        transformer = standin.transformer(standin.FLUX_DEV)
    inside = sum(layer.weight.numel() for _, layer in shrunk_layers(transformer))
    assert inside / sum(p.numel() for p in transformer.parameters()) > 0.99
