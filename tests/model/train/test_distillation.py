"""A LoRA distilled to few steps, at tiny size."""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("diffusers")
pytest.importorskip("accelerate")

import torch
from accelerate.state import AcceleratorState

from model.diffdecompose import lora
from model.diffdecompose.errors import WrongLora
from model.diffdecompose.pipeline import DiffDecomposePipeline
from model.train.flux import lora as stage_two
from model.train.flux.distillation import distillation_loss
from model.train.triplets.source import open_source
from tests.model.train.plans import lora_plan

torch.set_num_threads(1)


pytestmark = pytest.mark.usefixtures("fresh_accelerator")


def test_a_few_step_lora_comes_nearer_to_its_teacher_than_the_teacher_in_as_few_steps(tmp_path, data, model):
    """And it says for how many steps it was made; the teacher is left as it was."""
    teacher = stage_two.train(lora_plan(model, data, tmp_path / "teacher", steps=30, save_every=99, dropout=0.0))
    before = teacher.read_bytes()
    AcceleratorState._reset_state(reset_partial_state=True)
    plan = lora_plan(model, data, tmp_path / "student", steps=60, save_every=99, dropout=0.0, rate=3e-3)
    plan = replace(plan, distil=teacher, student_steps=2, teacher_substeps=4)
    student = stage_two.train(plan)
    assert teacher.read_bytes() == before
    recipe = lora.lora_files.read_recipe(student)
    assert recipe is not None
    assert recipe.steps == 2
    sample = open_source(data, 32, 0).at(0, 0, 4)

    def layers(file: Path, steps: int) -> np.ndarray:
        pipeline = DiffDecomposePipeline.from_pretrained(model, max_tokens=32)
        lora.load(pipeline, file, "decompose")
        pipeline.set_progress_bar_config(disable=True)
        answers = [pipeline(z, steps=steps, seeds=1).candidates[0] for z in sample.z]
        return np.stack([np.concatenate([one.foregrounds[0], one.background], -1) for one in answers])

    aim = layers(teacher, 8)
    assert rms(layers(student, 2) - aim) < 0.9 * rms(layers(teacher, 2) - aim)


def rms(change: np.ndarray) -> float:
    return float(np.sqrt(np.mean(change**2)))


def test_the_distillation_target_is_the_teacher_s_mean_velocity_between_two_levels():
    """A teacher whose velocity is the noise level: the mean between two levels is their middle."""
    layers, noise = torch.randn(2, 3, 4), torch.randn(2, 3, 4)
    seen = []

    def student(noisy, at):
        seen.append((noisy, at))
        return torch.zeros_like(noisy)

    loss = distillation_loss(
        student,
        lambda noisy, at: at.view(-1, 1, 1).expand_as(noisy) - 0.125,
        layers,
        noise,
        torch.tensor([1.0, 0.0]),
        4,
        torch.Generator().manual_seed(0),
    )
    ((noisy, at),) = seen
    assert torch.equal(noisy, noise)
    assert torch.equal(at, torch.ones(2))
    assert loss == pytest.approx((np.mean([1, 0.75, 0.5, 0.25]) - 0.125) ** 2)


def test_a_teacher_of_another_rank_is_refused(tmp_path, data, model):
    teacher = stage_two.train(lora_plan(model, data, tmp_path / "teacher", steps=1))
    AcceleratorState._reset_state(reset_partial_state=True)
    with pytest.raises(WrongLora, match="another rank"):
        stage_two.train(lora_plan(model, data, tmp_path / "student", steps=1, rank=2, distil=teacher))
