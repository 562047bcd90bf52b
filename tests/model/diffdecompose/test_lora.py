# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from model.diffdecompose import lora, standin
from model.diffdecompose.errors import WrongLora
from model.errors import InvalidRequest


def write(folder: Path, seed: int, size: standin.Size = standin.TINY) -> Path:
    """A trained-looking adapter: both halves random, so that it changes the answer."""
    torch.manual_seed(seed)
    transformer = standin.transformer(size)
    lora.add(transformer, rank=4)
    for name, weight in transformer.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.3)
    return lora.save(transformer, folder)


@pytest.fixture(scope="module")
def task(tmp_path_factory) -> Path:
    return write(tmp_path_factory.mktemp("task"), 1)


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    return write(tmp_path_factory.mktemp("base"), 2)


def background(pipeline, picture) -> np.ndarray:
    return pipeline(picture, steps=1, max_tokens=64).candidates[0].background


def test_a_fresh_adapter_changes_nothing_and_has_the_papers_keys(tmp_path, pipeline, picture):
    before = background(pipeline, picture)
    lora.add(pipeline.transformer, rank=4)
    assert np.array_equal(background(pipeline, picture), before)
    keys = load_file(lora.save(pipeline.transformer, tmp_path)).keys()
    assert all(key.startswith("transformer.") and key.split(".lora_")[1] in ("A.weight", "B.weight") for key in keys)
    # One double block: twelve places; one single block: three.
    assert len(keys) == 2 * (12 + 3)


def test_a_lora_is_loaded_scaled_and_unloaded(pipeline, picture, task):
    plain = background(pipeline, picture)
    lora.load(pipeline, task, "task")
    full = background(pipeline, picture)
    lora.set_scales(pipeline, {"task": 0.5})
    half = background(pipeline, picture)
    lora.set_scales(pipeline, {"task": 0.0})
    assert np.allclose(background(pipeline, picture), plain, atol=1e-6)
    lora.unload(pipeline)
    assert np.array_equal(background(pipeline, picture), plain)
    assert not np.allclose(full, plain, atol=1e-3)
    assert not np.allclose(half, full, atol=1e-3)


def test_a_folder_is_as_good_as_a_file(pipeline, picture, task):
    lora.load(pipeline, task.parent, "folder", scale=0.7)
    one = background(pipeline, picture)
    lora.unload(pipeline)
    lora.load(pipeline, task, "file", scale=0.7)
    assert np.array_equal(one, background(pipeline, picture))


def test_several_adapters_work_together_and_keep_their_scales(pipeline, picture, task, base):
    lora.load(pipeline, base, "base", scale=0.5)
    only_base = background(pipeline, picture)
    lora.load(pipeline, task, "task", scale=2.0)
    both = background(pipeline, picture)
    assert not np.allclose(both, only_base, atol=1e-3)
    lora.set_scales(pipeline, {"base": 0.5, "task": 2.0})
    assert np.array_equal(both, background(pipeline, picture))
    lora.set_scales(pipeline, {"base": 0.5})
    assert np.array_equal(only_base, background(pipeline, picture))


def test_fusing_gives_the_same_layers_and_leaves_no_adapter(pipeline, picture, task, base):
    lora.load(pipeline, base, "base", scale=0.5)
    lora.load(pipeline, task, "task")
    apart = background(pipeline, picture)
    lora.fuse(pipeline)
    assert pipeline.get_list_adapters() == {}
    assert not any("lora" in name for name, _ in pipeline.transformer.named_modules())
    assert np.allclose(background(pipeline, picture), apart, atol=1e-4)


def test_a_lora_of_a_wider_model_is_refused_and_nothing_changes(pipeline, picture, tmp_path):
    before = background(pipeline, picture)
    wide = write(tmp_path, 3, replace(standin.TINY, heads=3))
    with pytest.raises(WrongLora, match=r"features at .*, the transformer .*another model"):
        lora.load(pipeline, wide, "wide")
    assert np.array_equal(background(pipeline, picture), before)


def test_a_lora_of_a_deeper_model_is_refused(pipeline, tmp_path):
    deep = write(tmp_path, 3, replace(standin.TINY, double=2))
    with pytest.raises(WrongLora, match=r"transformer_blocks.1.*does not have"):
        lora.load(pipeline, deep, "deep")


def test_a_lora_of_another_kind_of_model_is_refused(pipeline, tmp_path):
    file = tmp_path / "sdxl.safetensors"
    save_file({"unet.down_blocks.0.attn.to_q.lora_A.weight": torch.zeros(4, 8)}, file)
    with pytest.raises(WrongLora, match="nothing for a Flux transformer"):
        lora.load(pipeline, file, "sdxl")


def test_a_missing_file_a_taken_name_and_an_unknown_name_say_what_to_do(pipeline, tmp_path, task):
    with pytest.raises(InvalidRequest, match="there is no LoRA at"):
        lora.load(pipeline, tmp_path / "no.safetensors", "x")
    lora.load(pipeline, task, "task")
    with pytest.raises(InvalidRequest, match="already loaded"):
        lora.load(pipeline, task, "task")
    with pytest.raises(InvalidRequest, match="no LoRA named other"):
        lora.set_scales(pipeline, {"other": 1.0})


def test_a_broken_file_is_refused(pipeline, tmp_path):
    file = tmp_path / "broken.safetensors"
    file.write_bytes(b"not a safetensors file")
    with pytest.raises(WrongLora, match="cannot be read"):
        lora.load(pipeline, file, "broken")


def test_the_papers_rank_on_full_flux_adds_359_million_parameters():
    with torch.device("meta"):
        transformer = standin.transformer(standin.FLUX_DEV)
        lora.add(transformer, rank=128)
    added = sum(p.numel() for name, p in transformer.named_parameters() if "lora_" in name)
    assert round(added / 1e6) == 359
