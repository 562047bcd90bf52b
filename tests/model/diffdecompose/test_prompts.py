import pytest
import torch

from model.diffdecompose import standin
from model.diffdecompose.prompts import LayerPrompts, PromptCache, describe, embed, fingerprint
from model.errors import InvalidRequest
from model.types import BlendType


@pytest.fixture(scope="module")
def readers():
    parts = standin.text_parts(standin.TINY)
    return parts["tokenizer"], parts["text_encoder"], parts["tokenizer_2"], parts["text_encoder_2"]


def test_the_template_names_every_sub_image_and_the_blend_type():
    prompt = describe(LayerPrompts(("a white logo", "thin fog"), "a street", "a street in fog"), BlendType.SCREEN, 2)
    places = [prompt.full.index(f"Image {i}: ") for i in (1, 2, 3, 4)]
    assert places == sorted(places)
    for words in ("a white logo", "thin fog", "a street", "a street in fog", "screen", "4 sub-images"):
        assert words in prompt.full


def test_every_blend_type_reads_differently():
    prompts = {describe("fog", blend, 1).full for blend in (*BlendType, None)}
    assert len(prompts) == len(BlendType) + 1


def test_a_plain_string_describes_the_foreground_and_empty_words_fall_back():
    assert "Image 1: foreground layer on transparency, a stamp." in describe("a stamp", None, 1).full
    assert describe("", None, 1) == describe(LayerPrompts(), None, 1) == describe("  ", None, 1)


def test_more_descriptions_than_foregrounds_are_refused():
    with pytest.raises(InvalidRequest, match="2 foregrounds are described but 1"):
        describe(LayerPrompts(("a", "b")), None, 1)


def test_embeddings_have_the_shapes_flux_wants(readers):
    text = embed(describe("fog", None, 1), *readers, max_tokens=400)
    assert text.tokens.shape == (1, 400, standin.TINY.text)
    assert text.pooled.shape == (1, standin.TINY.pooled)
    assert text.notes == ()


def test_a_prompt_that_is_too_long_is_cut_and_said_so(readers):
    prompt = describe("fog " * 300, None, 1)
    text = embed(prompt, *readers, max_tokens=64)
    assert text.tokens.shape[1] == 64
    assert len(text.notes) == 2
    assert "the first 77 of" in text.notes[0]
    assert "too long for T5: the first 64 of" in text.notes[1]


def test_a_cached_embedding_comes_back_the_same_and_only_for_its_words_and_encoders(readers, tmp_path):
    prompt, other = describe("fog", None, 1), describe("rain", None, 1)
    cache = PromptCache(tmp_path / "new", "encoders 1")
    assert cache.get(prompt, 32) is None
    text = embed(describe("long " * 100, None, 1), *readers, max_tokens=32)
    cache.put(prompt, text, 32)
    again = cache.get(prompt, 32)
    assert again is not None
    assert torch.equal(again.tokens, text.tokens)
    assert torch.equal(again.pooled, text.pooled)
    assert again.notes == text.notes != ()
    assert cache.get(other, 32) is None
    assert PromptCache(tmp_path / "new", "encoders 2").get(prompt, 32) is None
    assert [path.suffix for path in (tmp_path / "new").iterdir()] == [".safetensors"]


def test_a_damaged_cache_file_counts_as_absent_and_is_replaced(readers, tmp_path):
    cache, prompt = PromptCache(tmp_path, "x"), describe("fog", None, 1)
    text = embed(prompt, *readers, max_tokens=32)
    cache.put(prompt, text, 32)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:100])
    assert cache.get(prompt, 32) is None
    cache.put(prompt, text, 32)
    assert cache.get(prompt, 32) is not None


def test_the_fingerprint_follows_the_encoders_weights(folder, tmp_path):
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    assert fingerprint(copy) == fingerprint(folder)
    file = copy / "text_encoder_2" / "model.safetensors"
    data = bytearray(file.read_bytes())
    data[-3] ^= 1
    file.write_bytes(data)
    assert fingerprint(copy) != fingerprint(folder)


def test_what_t5_makes_of_the_padding_depends_on_the_words_so_the_cache_cannot_leave_it_out(readers):
    """Flux reads all of it, without a mask: an embedding cut to its words could not be padded again."""
    one, other = (embed(describe(words, None, 1), *readers, max_tokens=512).tokens[0] for words in ("fog", "rain"))
    assert one.shape == other.shape == (512, one.shape[1])
    assert (one[-20:] - other[-20:]).abs().max() > 1e-4


def test_the_same_words_at_another_length_are_another_embedding(pipeline, tmp_path):
    pipeline.prompt_cache = PromptCache(tmp_path, "x")
    prompt = describe("fog", None, 1)
    assert pipeline.embed(prompt, 64).tokens.shape[1] == 64
    assert pipeline.embed(prompt, 512).tokens.shape[1] == 512
    assert pipeline.embed(prompt, 64).tokens.shape[1] == 64


def test_prompts_encoded_in_a_batch_are_the_ones_encoded_alone_and_only_missing_ones_are_encoded(
    pipeline, tmp_path, monkeypatch
):
    prompts = [describe(words, None, 1) for words in ("fog", "rain on a window", "a stamp")]
    alone = [pipeline.embed(prompt, 256) for prompt in prompts]
    pipeline.prompt_cache = PromptCache(tmp_path, "x")
    pipeline.prompt_cache.put(prompts[1], alone[1], 256)
    sizes = []
    forward = pipeline.text_encoder_2.forward
    monkeypatch.setattr(
        pipeline.text_encoder_2, "forward", lambda ids, **rest: sizes.append(len(ids)) or forward(ids, **rest)
    )
    pipeline.embed_ahead(prompts, 256, batch=2)
    assert sizes == [2]
    for prompt, one in zip(prompts, alone, strict=True):
        kept = pipeline.prompt_cache.get(prompt, 256)
        assert kept is not None
        assert torch.allclose(kept.tokens, one.tokens, atol=1e-5)
        assert torch.allclose(kept.pooled, one.pooled, atol=1e-5)
