# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

import gc

import numpy as np
import pytest
import torch
from diffusers import FlowMatchEulerDiscreteScheduler, FlowMatchHeunDiscreteScheduler, UNet2DModel

from model.diffdecompose import alpha_vae, standin
from model.diffdecompose.errors import NotFinite, WrongComponents
from model.diffdecompose.pipeline import DiffDecomposePipeline
from model.diffdecompose.prompts import PromptCache, describe
from model.errors import Cancelled, EngineUnavailable, InvalidRequest
from model.types import BlendType


def same(a, b) -> bool:
    layers = zip((*a.foregrounds, a.background), (*b.foregrounds, b.background), strict=True)
    return all(np.array_equal(one, other) for one, other in layers)


def test_a_picture_becomes_typed_layers_of_its_own_size(pipeline, picture):
    answers = pipeline(picture, "a veil", BlendType.SCREEN, steps=2, max_tokens=64)
    (answer,) = answers.candidates
    assert [layer.shape for layer in answer.foregrounds] == [(48, 64, 4)]
    assert answer.background.shape == (48, 64, 3)
    assert answer.background.dtype == np.float32
    assert answer.background.min() >= 0
    assert answer.background.max() <= 1
    assert answer.background.std() > 0


@pytest.mark.parametrize("foregrounds", [1, 3])
def test_one_or_several_foregrounds_come_out(pipeline, picture, foregrounds):
    answers = pipeline(picture, num_layers=foregrounds + 1, steps=1, max_tokens=64)
    assert len(answers.candidates[0].foregrounds) == foregrounds


def test_a_pipeline_written_to_disk_and_read_again_gives_the_same_layers(folder, pipeline, picture, tmp_path):
    pipeline.register_to_config(position="column", clean="reset", shift="all")
    before = pipeline(picture, steps=2, max_tokens=64).candidates[0]
    pipeline.save_pretrained(tmp_path, safe_serialization=True)
    assert list(tmp_path.glob("**/*.bin")) == []
    again = DiffDecomposePipeline.from_pretrained(tmp_path, local_files_only=True)
    assert (again.config.position, again.config.clean, again.config.shift) == ("column", "reset", "all")
    assert same(again(picture, steps=2, max_tokens=64).candidates[0], before)


def test_a_candidate_depends_on_its_seed_and_not_on_its_company(pipeline, picture):
    several = pipeline(picture, steps=2, seeds=5, num_candidates=2, max_tokens=64).candidates
    alone = pipeline(picture, steps=2, seeds=[6], max_tokens=64).candidates
    assert [answer.seed for answer in several] == [5, 6]
    assert same(several[1], alone[0])
    assert not same(several[0], several[1])


def test_both_ways_of_keeping_the_composite_clean_give_the_same_layers(pipeline, picture):
    results = []
    for clean in ("append", "reset"):
        pipeline.register_to_config(clean=clean)
        results.append(pipeline(picture, steps=3, max_tokens=64).candidates[0])
    assert same(*results)


@pytest.mark.parametrize("change", ["frame", "column", "none"])
def test_positions_change_the_answer_and_lpec_means_the_configured_one(pipeline, picture, change):
    pipeline.register_to_config(position=change)
    default = pipeline(picture, steps=2, max_tokens=64).candidates[0]
    assert same(default, pipeline(picture, steps=2, position=change, max_tokens=64).candidates[0])
    other = "frame" if change == "none" else "none"
    assert not same(default, pipeline(picture, steps=2, position=other, max_tokens=64).candidates[0])


def test_the_shift_counts_all_tokens_or_only_the_layers(pipeline, picture):
    levels = {}
    for shift in ("all", "target"):
        pipeline.register_to_config(shift=shift)
        pipeline(picture, steps=3, max_tokens=64)
        levels[shift] = pipeline.scheduler.sigmas.tolist()
    assert levels["all"][1] > levels["target"][1]  # more tokens, more noise kept for longer


def test_the_transformer_sees_clean_tokens_of_the_picture_at_every_step(pipeline, picture):
    seen = []
    hook = pipeline.transformer.register_forward_pre_hook(
        lambda _m, _a, kwargs: seen.append(kwargs["hidden_states"][:, :12].clone()), with_kwargs=True
    )
    pipeline(picture, steps=3, max_tokens=64)
    hook.remove()
    assert len(seen) == 3
    assert torch.equal(seen[0], seen[1])
    assert torch.equal(seen[0], seen[2])


def test_the_layers_follow_the_predicted_velocity_from_noise(pipeline, picture):
    """One Euler step from noise at level 1 to level 0 is noise minus velocity."""
    kept = {}
    hook = pipeline.transformer.register_forward_hook(
        lambda _m, _a, kwargs, out: kept.update(noise=kwargs["hidden_states"][:, 12:], velocity=out[0][:, 12:]),
        with_kwargs=True,
    )
    got = []
    pipeline(picture, steps=1, max_tokens=64, callback=lambda _s, _n, layers: got.append(layers))
    hook.remove()
    from model.diffdecompose.sequence import unpack

    expected = unpack((kept["noise"] - kept["velocity"]).view(2, 12, -1), 3, 4)
    assert torch.allclose(got[0], expected, atol=1e-5)


@pytest.mark.parametrize("size", [(33, 50), (16, 17), (1, 1)])
def test_sizes_that_are_no_multiple_of_16_are_padded_inside_and_cropped_again(pipeline, size):
    picture = np.full((*size, 3), 90, np.uint8)
    answer = pipeline(picture, steps=1, max_tokens=64).candidates[0]
    assert answer.background.shape == (*size, 3)


def test_height_and_width_say_where_the_network_works(pipeline, picture):
    answer = pipeline(picture, steps=1, height=32, width=40, max_tokens=64).candidates[0]
    assert answer.background.shape == (32, 40, 3)


def test_guidance_is_read_only_by_transformers_that_know_it(pipeline, picture):
    strong = pipeline(picture, steps=1, guidance=9.0, max_tokens=64).candidates[0]
    weak = pipeline(picture, steps=1, guidance=1.0, max_tokens=64).candidates[0]
    assert not same(strong, weak)


def test_the_transformer_is_told_the_guidance_of_its_training_unless_asked_otherwise(pipeline, picture):
    pipeline.register_to_config(guidance=2.5)
    told = []
    pipeline.transformer.register_forward_pre_hook(
        lambda module, args, words: told.append(float(words["guidance"])), with_kwargs=True
    )
    pipeline(picture, steps=1, max_tokens=64)
    pipeline(picture, steps=1, guidance=1.0, max_tokens=64)
    assert told == [2.5, 1.0]


def test_progress_counts_all_candidates(pipeline, picture):
    calls = []
    pipeline(
        picture,
        steps=2,
        num_candidates=2,
        max_tokens=64,
        callback=lambda step, steps, layers: calls.append((step, steps, tuple(layers.shape))),
    )
    assert calls == [(i, 4, (2, 4, 6, 8)) for i in (1, 2, 3, 4)]


def test_the_second_call_does_not_encode_text_again(pipeline, folder, picture, tmp_path):
    pipeline.prompt_cache = PromptCache(tmp_path, "tiny")
    runs = []
    hook = pipeline.text_encoder_2.register_forward_pre_hook(lambda *_: runs.append(1))
    first = pipeline(picture, "fog", steps=1, max_tokens=64).candidates[0]
    second = pipeline(picture, "fog", steps=1, max_tokens=64).candidates[0]
    hook.remove()
    assert len(runs) == 1
    assert same(first, second)
    # Another process need not even load the encoders.
    bare = DiffDecomposePipeline.from_pretrained(
        folder, text_encoder=None, text_encoder_2=None, tokenizer=None, tokenizer_2=None
    )
    bare.prompt_cache = pipeline.prompt_cache
    assert same(bare(picture, "fog", steps=1, max_tokens=64).candidates[0], first)
    with pytest.raises(EngineUnavailable, match="text encoders are not loaded"):
        bare(picture, "rain", steps=1, max_tokens=64)


def test_a_prompt_that_is_too_long_is_cut_and_the_answer_says_so(pipeline, picture):
    answers = pipeline(picture, "fog " * 200, steps=1, max_tokens=64)
    assert any("the first 64 of" in note for note in answers.notes)


@pytest.mark.parametrize("stop", [1, 2, 3])
def test_cancelling_at_any_step_leaves_no_tokens_in_memory(pipeline, picture, stop):
    def callback(step, steps, layers):
        if step == stop:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        pipeline(picture, steps=3, max_tokens=64, callback=callback)
    gc.collect()
    left = [
        one
        for one in gc.get_objects()
        if type(one) is torch.Tensor and one.shape[-1:] == (16,) and one.ndim == 3 and one.shape[1] in (12, 24, 36)
    ]
    assert left == []
    assert pipeline(picture, steps=1, max_tokens=64).candidates  # and it works again


@pytest.mark.parametrize("where", ["transformer", "vae"])
def test_nan_stops_with_an_error_and_never_gives_a_black_picture(pipeline, picture, where):
    part = {"transformer": pipeline.transformer.proj_out, "vae": pipeline.vae.decoder.conv_out}[where]
    torch.nn.init.constant_(part.weight, float("nan"))
    expected = {"transformer": "step 1 of 2", "vae": "decoded layers"}[where]
    with pytest.raises(NotFinite, match=expected):
        pipeline(picture, steps=2, max_tokens=64)


def components(**changed):
    parts = {
        "transformer": standin.transformer(standin.TINY),
        "vae": standin.autoencoder(standin.TINY, channels=4),
        "scheduler": standin.scheduler(),
    }
    return parts | changed


def test_an_autoencoder_with_three_channels_is_refused_with_the_way_out():
    with pytest.raises(WrongComponents, match=r"\(3, 3\).*to_rgba"):
        DiffDecomposePipeline(**components(vae=standin.autoencoder(standin.TINY)))


def test_components_of_the_wrong_class_are_named():
    unet = UNet2DModel(
        block_out_channels=(8, 8),
        norm_num_groups=4,
        down_block_types=("DownBlock2D",) * 2,
        up_block_types=("UpBlock2D",) * 2,
        layers_per_block=1,
    )
    with pytest.raises(WrongComponents, match="transformer is a UNet2DModel, a FluxTransformer2DModel"):
        DiffDecomposePipeline(**components(transformer=unet))
    with pytest.raises(WrongComponents, match="scheduler is a FlowMatchHeun"):
        DiffDecomposePipeline(**components(scheduler=FlowMatchHeunDiscreteScheduler()))
    assert isinstance(components()["scheduler"], FlowMatchEulerDiscreteScheduler)


def test_a_transformer_and_an_autoencoder_of_different_models_are_refused():
    from dataclasses import replace

    wide = alpha_vae.to_rgba(standin.autoencoder(replace(standin.TINY, latent=8)))
    with pytest.raises(WrongComponents, match=r"16 channels.*8 latent channels pack to 32"):
        DiffDecomposePipeline(**components(vae=wide))


@pytest.mark.parametrize(
    ("bad", "words"),
    [({"num_layers": 1}, "num_layers"), ({"steps": 0}, "steps"), ({"seeds": [1, 2], "num_candidates": 3}, "2 seeds")],
)
def test_impossible_requests_are_refused(pipeline, picture, bad, words):
    with pytest.raises(InvalidRequest, match=words):
        pipeline(picture, **{"steps": 1, "max_tokens": 64} | bad)


def test_a_ready_embedding_replaces_the_prompt(pipeline, picture):
    text = pipeline.embed(describe("fog", None, 1), 64)
    direct = pipeline(picture, steps=1, text=text).candidates[0]
    assert same(direct, pipeline(picture, "fog", steps=1, max_tokens=64).candidates[0])
