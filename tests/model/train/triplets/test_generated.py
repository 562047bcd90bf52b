import torch

from model.alphablend import generator
from model.blending import emission_transmission
from model.train.flux.options import LoopOptions, workers_for
from model.train.triplets.generated import GeneratedSource
from model.train.triplets.loading import Ahead
from model.train.triplets.source import open_source
from model.types import BlendType

torch.set_num_threads(1)


def test_batches_have_one_to_three_foregrounds_in_several_aspects_and_repeat(pack):
    source = GeneratedSource(pack, 48, seed=1, foregrounds=(0.4, 0.3, 0.3))
    batches = [source.at(step, 0, 2) for step in range(12)]
    assert {batch.x.shape[1] for batch in batches} == {1, 2, 3}
    assert len({batch.z.shape[-2:] for batch in batches}) > 2
    assert all(batch.x.shape[-2:] == batch.z.shape[-2:] for batch in batches)
    assert all(told.foregrounds == batch.x.shape[1] for batch in batches for told in batch.told)
    again = GeneratedSource(pack, 48, seed=1, foregrounds=(0.4, 0.3, 0.3)).at(7, 0, 2)
    assert torch.equal(again.z, batches[7].z)
    assert {told for batch in batches for told in batch.told} <= set(source.prompts())


def test_the_foregrounds_stacked_top_first_on_the_background_are_the_composite(pack):
    source = GeneratedSource(pack, 48, seed=3, foregrounds=(0.0, 1.0))
    errors = []
    for step in range(8):
        batch = source.at(step, 0, 1)
        blend = batch.told[0].blend
        if blend is None:
            continue
        stack = batch.y[0]
        for layer in (batch.x[0, 1], batch.x[0, 0]):
            emission, transmission = emission_transmission(layer[3:], layer[:3], blend)
            stack = (emission + transmission * stack).clamp(max=1)
        errors.append(float((stack - batch.z[0]).square().mean().sqrt()))
    assert len(errors) > 2
    assert sorted(errors)[len(errors) // 2] < 0.03  # the composite has been through a file's losses


def test_samples_of_a_pack_are_made_on_the_training_device_and_pictures_of_a_folder_are_read_by_workers(
    pack, tmp_path, monkeypatch
):
    devices = []
    monkeypatch.setattr(generator, "AlphaBlend", lambda pack, split, device, seed: devices.append(device))
    open_source(pack, 48, 0, "cuda")
    assert devices == ["cuda"]
    options = LoopOptions(tmp_path, pack, tmp_path)
    assert workers_for(options, pack, torch.device("cuda")) == 0
    assert workers_for(options, tmp_path, torch.device("cuda")) > 0


def test_blends_that_differ_are_not_told(pack):
    source = GeneratedSource(pack, 32, seed=5, foregrounds=(0.0, 0.0, 1.0))
    told = {source.at(step, 0, 1).told[0].blend for step in range(10)}
    assert None in told
    assert told <= {*BlendType, None}


def test_worker_processes_change_nothing_but_the_time_and_may_be_asked_from_any_step(pack):
    source = GeneratedSource(pack, 32, seed=2)
    plain = Ahead(source, 1, 2, 6, workers=0)
    ahead = Ahead(source, 1, 2, 6, workers=2)
    for step in (2, 3, 4, 0, 1):
        one, other = plain.at(step), ahead.at(step)
        assert torch.equal(one.z, other.z)
        assert torch.equal(one.x, other.x)
        assert one.told == other.told
