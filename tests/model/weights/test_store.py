"""Models from folders, own ones by name, verifying and removing; and the catalogue's own truth."""

import json
import re
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from model.errors import InvalidRequest
from model.weights import local, manifest, store, tensors
from model.weights.catalogue import CHECKED, ENTRIES, ModelKind, find
from model.weights.errors import Damaged, LicenceNotAccepted

from .conftest import CONFIG, ENTRY

TAKEN = replace(ENTRY, subfolder="")


@pytest.fixture
def vae(tmp_path):
    folder = tmp_path / "vae"
    folder.mkdir()
    (folder / "config.json").write_bytes(CONFIG)
    save_file({"encoder.weight": np.zeros((4, 4), np.float32)}, folder / "diffusion_pytorch_model.safetensors")
    return folder


@pytest.fixture
def lora(tmp_path):
    file = tmp_path / "mine.safetensors"
    save_file({"transformer.transformer_blocks.0.attn.to_q.lora_A.weight": np.zeros((4, 8), np.float32)}, file)
    return file


def test_a_model_of_the_catalogue_can_come_from_a_folder_and_is_verified_like_any_other(vae, models):
    folder = local.take(TAKEN, vae, models)
    assert manifest.verify(folder) == ()
    assert store.folder_of(models, "small") == folder
    assert (folder / "config.json").read_bytes() == CONFIG


def test_a_folder_that_lacks_a_file_or_holds_a_file_cut_off_installs_nothing(vae, models):
    weights = vae / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-5])
    with pytest.raises(Damaged, match="not a whole safetensors file"):
        local.take(TAKEN, vae, models)
    (vae / "config.json").unlink()
    with pytest.raises(InvalidRequest, match=r"holds no config\.json"):
        local.take(TAKEN, vae, models)
    assert not (models / "small").exists()
    assert not [path for path in models.rglob("*") if path.suffix in (".json", ".safetensors")]


def test_taking_a_model_from_a_folder_leaves_a_download_of_it_alone_until_it_succeeds(vae, models):
    fetched = store.partial(models, "small") / "config.json.part"
    fetched.parent.mkdir(parents=True)
    fetched.write_bytes(b"half")
    with pytest.raises(Damaged):
        local.take(replace(TAKEN, sha256={"config.json": "0" * 64}), vae, models)
    assert fetched.read_bytes() == b"half"


def test_a_hash_that_the_catalogue_demands_holds_for_folders_too(vae, models):
    entry = replace(TAKEN, sha256={"config.json": "0" * 64})
    with pytest.raises(Damaged, match="another SHA-256 than the catalogue demands"):
        local.take(entry, vae, models)


def test_pickles_in_place_of_safetensors_are_refused(tmp_path, models):
    for part in ("transformer", "vae", "text_encoder"):
        (tmp_path / "base" / part).mkdir(parents=True)
        (tmp_path / "base" / part / "pytorch_model.bin").write_bytes(b"")
    (tmp_path / "base" / "model_index.json").write_text("{}")
    with pytest.raises(InvalidRequest, match=r"only pytorch_model\.bin, which can run code"):
        local.take(ENTRIES["flux.1-dev"], tmp_path / "base", models, accepted=True)


def test_a_licence_is_asked_for_whatever_the_weights_come_from(vae, models):
    with pytest.raises(LicenceNotAccepted):
        local.take(replace(TAKEN, commercial=False), vae, models)


def test_an_own_lora_and_an_own_autoencoder_are_registered_by_what_they_hold(vae, lora, models):
    assert local.register("fog-lora", lora, models)[1] is ModelKind.LORA
    assert local.register("fog-vae", vae, models)[1] is ModelKind.VAE
    assert (models / "fog-lora" / local.LORA_FILE).read_bytes() == lora.read_bytes()
    kinds = {one.name: one.kind for one in store.states(models) if one.installed}
    assert kinds == {"fog-lora": ModelKind.LORA, "fog-vae": ModelKind.VAE}


def test_what_is_neither_is_refused_and_so_is_an_autoencoder_without_alpha(vae, tmp_path, models):
    with pytest.raises(InvalidRequest, match="holds no LoRA"):
        local.register("x", vae / "diffusion_pytorch_model.safetensors", models)
    with pytest.raises(InvalidRequest, match="neither a LoRA nor an autoencoder"):
        local.register("x", tmp_path.parent, models)
    (vae / "config.json").write_text(json.dumps({"in_channels": 3, "out_channels": 3}))
    with pytest.raises(InvalidRequest, match=r"\(3, 3\) channels in and out, \(4, 4\) are needed"):
        local.register("x", vae, models)


@pytest.mark.parametrize("name", ["../up", "a/b", "", "Upper", ".hidden"])
def test_names_that_could_leave_the_folder_are_refused(lora, models, name):
    with pytest.raises(InvalidRequest, match="cannot name a model"):
        local.register(name, lora, models)
    with pytest.raises(InvalidRequest):
        store.remove(models, name)


def test_verifying_names_what_was_changed_cut_or_lost(vae, models):
    folder = local.take(TAKEN, vae, models)
    (folder / "config.json").write_bytes(CONFIG[:-1] + b"?")
    assert manifest.verify(folder)[0].startswith("config.json has been changed")
    (folder / "config.json").write_bytes(CONFIG[:-1])
    assert "bytes" in manifest.verify(folder)[0]
    (folder / "config.json").unlink()
    assert manifest.verify(folder) == ("config.json is gone",)
    (folder / manifest.MANIFEST).write_text("[]")
    with pytest.raises(Damaged, match="remove small and fetch it again"):
        manifest.verify(folder)


def test_removing_frees_the_model_and_what_was_fetched_of_it(vae, models):
    local.take(TAKEN, vae, models)
    store.partial(models, "small").mkdir(parents=True)
    (store.partial(models, "small") / "a").write_bytes(b"123")
    assert store.remove(models, "small") > 3
    assert list(models.rglob("*.safetensors")) == []
    with pytest.raises(InvalidRequest, match="no model 'small' is installed"):
        store.remove(models, "small")


def test_a_name_stands_for_an_installed_model_of_the_right_kind_and_a_path_for_itself(vae, lora, models):
    local.register("fog-lora", lora, models)
    assert store.resolve(models, lora.parent, (ModelKind.VAE,)) == lora.parent
    assert store.resolve(models, Path("fog-lora"), (ModelKind.LORA,)) == models / "fog-lora"
    assert store.resolve(models, Path("nothing"), (ModelKind.LORA,)) == Path("nothing")
    with pytest.raises(InvalidRequest, match="fog-lora is a lora, a vae is needed"):
        store.resolve(models, Path("fog-lora"), (ModelKind.VAE,))


def test_an_index_that_names_a_file_that_is_gone_is_damage(vae):
    (vae / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"a": "model-2.safetensors"}}))
    with pytest.raises(Damaged, match=r"lacks model-2\.safetensors"):
        tensors.require_whole(vae)


def test_every_entry_says_what_a_person_needs_to_choose():
    for name, entry in ENTRIES.items():
        assert entry.name == name
        assert entry.about
        assert entry.licence
        assert entry.gigabytes > 0
        assert entry.repository.count("/") == 1
        assert entry.must_accept or entry.licence == "Apache-2.0"
    with pytest.raises(InvalidRequest, match=r"flux\.2-dev cannot be used: its transformer"):
        find("flux.2-dev")
    with pytest.raises(InvalidRequest, match=r"choose one of flux\.1-dev"):
        find("flux")


def test_what_an_entry_repeats_of_its_source_says_where_it_was_read_or_counts_as_unverified():
    for entry in ENTRIES.values():
        assert set(entry.sources) <= {*CHECKED, "sha256"}
        assert all(len(where.split()) > 3 for where in entry.sources.values())
        assert set(entry.unverified) == set(CHECKED) - set(entry.sources)
        assert entry.unsupported or "licence" not in entry.unverified
        assert bool(entry.sha256) == ("sha256" in entry.sources)
        for path, digest in entry.sha256.items():
            assert re.fullmatch("[0-9a-f]{64}", digest)
            assert path.endswith(".safetensors")
            assert any(fnmatch(path, pattern) for pattern in entry.files)
    assert ENTRIES["flux.2-dev"].unverified == CHECKED
    assert ENTRIES["alphavae"].unverified == ("gigabytes",)
    assert len(set(ENTRIES["flux.1-dev"].sha256.values())) == 7  # every large file of it


def test_two_processes_never_put_one_model_together(vae, models):
    with store.claimed(models, "small"), pytest.raises(InvalidRequest, match="another process fetches or makes small"):
        local.take(TAKEN, vae, models)
    assert local.take(TAKEN, vae, models)
    assert [one.name for one in store.states(models) if one.installed] == ["small"]
