"""Plans of short trainings at tiny size, and the curve that a run leaves."""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

import json
from dataclasses import replace
from pathlib import Path

import torch

from model.diffdecompose import standin
from model.train.flux import lora as stage_two
from model.train.flux import vae as stage_one


def curve(out: Path, name: str) -> list[float]:
    return [json.loads(line)[name] for line in (out / "curve.jsonl").read_text().splitlines()]


def vae_plan(tmp_path: Path, data: Path, **changed) -> stage_one.VaePlan:
    torch.manual_seed(7)
    standin.autoencoder(standin.TINY).save_pretrained(tmp_path / "plain" / "vae")
    plan = stage_one.VaePlan(
        tmp_path / "plain", data, tmp_path / "run", size=32, batch=2, rate=3e-3, steps=4, save_every=2
    )
    return replace(plan, **changed)


def lora_plan(model: Path, data: Path, out: Path, **changed) -> stage_two.LoraPlan:
    plan = stage_two.LoraPlan(model, data, out, size=32, rank=4, steps=4, save_every=2, max_tokens=32, rate=1e-2)
    return replace(plan, **changed)
