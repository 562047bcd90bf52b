"""A LoRA says how it was trained, and a pipeline that is set otherwise refuses it by naming both sides."""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from model.diffdecompose import lora, standin, tiers
from model.diffdecompose.errors import WrongLora
from model.diffdecompose.lora_files import read_recipe
from model.diffdecompose.memory import Tier
from model.diffdecompose.pipeline import DiffDecomposePipeline
from model.diffdecompose.recipe import METADATA_KEY, Recipe, base_fingerprint, blend_vocabulary, code_version


@pytest.fixture
def recipe(folder: Path) -> Recipe:
    return lora.recipe_of(DiffDecomposePipeline.from_pretrained(folder, local_files_only=True), "the-base")


def write(out: Path, recipe: Recipe | None) -> Path:
    torch.manual_seed(1)
    transformer = standin.transformer(standin.TINY)
    lora.add(transformer, rank=4)
    return lora.save(transformer, out, recipe)


def test_the_file_carries_how_it_was_trained(recipe, tmp_path):
    assert read_recipe(write(tmp_path, recipe)) == recipe
    with safe_open(tmp_path / lora.FILE, framework="pt") as file:
        said = json.loads(file.metadata()[METADATA_KEY])
    assert (said["position"], said["max_tokens"], said["guidance"]) == ("frame", 512, 1.0)
    assert said["blends"] == blend_vocabulary()
    assert said["code"] == code_version() != ""
    assert said["base_name"] == "the-base"


def test_a_file_that_agrees_and_a_file_that_says_nothing_are_loaded(pipeline, recipe, tmp_path):
    assert lora.load(pipeline, write(tmp_path / "said", recipe), "said") == ()
    assert lora.load(pipeline, write(tmp_path / "unsaid", None), "unsaid") == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"position": "column"}, "position column, this pipeline uses position frame"),
        ({"max_tokens": 64}, "max_tokens 64, this pipeline uses max_tokens 512"),
        ({"guidance": 3.5}, "guidance 3.5, this pipeline uses guidance 1.0"),
        (
            {"base": "0123456789abcdef"},
            r"base the-base \(0123456789abcdef\), this transformer is another one \([0-9a-f]",
        ),
        ({"blends": {"normal": "as paint"}}, "(?s)'as paint' for the blend type normal.*says 'alpha blending|None for"),
        ({"format": 99}, "format 99, this version reads format 1"),
    ],
)
def test_a_mismatch_is_refused_naming_both_sides_and_nothing_is_loaded(pipeline, recipe, tmp_path, change, words):
    changed = replace(recipe, **change)
    with pytest.raises(WrongLora, match=words):
        lora.load(pipeline, write(tmp_path, changed), "other")
    assert pipeline.get_list_adapters() == {}


def test_the_fingerprint_of_a_base_is_the_same_in_both_precisions_and_another_for_other_weights():
    one, other = standin.transformer(standin.TINY), standin.transformer(standin.TINY)
    assert base_fingerprint(one) != base_fingerprint(other)
    before = base_fingerprint(one)
    lora.add(one, rank=4)
    assert base_fingerprint(one) == before == base_fingerprint(one.to(torch.bfloat16))


@pytest.mark.parametrize("said", [False, True])
def test_a_model_folder_follows_its_lora_unless_it_says_otherwise(folder, recipe, tmp_path, said):
    copy = tmp_path / "flux"
    shutil.copytree(folder, copy)
    index = json.loads((copy / "model_index.json").read_text())
    if not said:  # as in the folder of the base model, which knows nothing of layers
        for name in ("position", "guidance", "max_tokens"):
            del index[name]
        (copy / "model_index.json").write_text(json.dumps(index))
    write(copy / "lora", replace(recipe, position="column", guidance=2.0, max_tokens=128))
    if said:
        with pytest.raises(WrongLora, match="position column, this pipeline uses position frame"):
            tiers.load(copy, Tier.BF16, torch.device("cpu"))
        return
    config = tiers.load(copy, Tier.BF16, torch.device("cpu")).config
    assert (config.position, config.guidance, config.max_tokens) == ("column", 2.0, 128)
