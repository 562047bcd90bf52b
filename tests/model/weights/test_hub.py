"""A hub that stalls, cuts off, lies about length and sends wrong bytes: nothing unverified is used."""

from dataclasses import replace
from hashlib import sha256

import pytest

from model.errors import Cancelled, InvalidRequest
from model.weights import hub as hub_module
from model.weights import manifest, store
from model.weights.errors import Damaged, DownloadFailed, LicenceNotAccepted
from model.weights.hub import pull

from .conftest import COMMIT, CONFIG, ENTRY, WEIGHTS

FILE = "inside/model.safetensors"


def nothing_is_used(models) -> bool:
    return not (models / "small").exists()


def test_a_model_comes_whole_with_its_hashes_and_only_the_files_it_consists_of(hub, models):
    told = []
    folder = pull(ENTRY, models, progress=lambda *line: told.append(line), endpoint=hub.address)
    assert folder == models / "small"
    assert {path.name for path in folder.iterdir()} == {"config.json", "model.safetensors", "manifest.json"}
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    made = manifest.read(folder)
    assert made is not None
    assert (made.revision, made.source, made.size) == (COMMIT, "someone/small/inside", len(WEIGHTS) + len(CONFIG))
    assert {file.sha256 for file in made.files} == {sha256(WEIGHTS).hexdigest(), sha256(CONFIG).hexdigest()}
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    assert told[-1][1:] == (made.size, made.size)
    assert manifest.verify(folder) == ()
    assert not store.partial(models, "small").exists()
    with pytest.raises(InvalidRequest, match="small is installed"):
        pull(ENTRY, models, endpoint=hub.address)


@pytest.mark.parametrize("wrong", ["stall_after", "cut_after"])
def test_a_server_that_stalls_or_cuts_off_once_is_asked_for_the_rest(hub, models, wrong):
    setattr(hub, wrong, 100_000)
    assert (pull(ENTRY, models, endpoint=hub.address) / "model.safetensors").read_bytes() == WEIGHTS
    starts = [int(line.split()[1]) for line in hub.ranges if line.startswith(FILE)]
    assert len(starts) == 2
    assert 0 < starts[1] <= 100_000


def test_after_a_stop_the_next_call_goes_on_with_what_came(hub, models):
    def stop(what, done, size):
        if what == "model.safetensors" and done > 60_000:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        pull(ENTRY, models, progress=stop, endpoint=hub.address)
    assert nothing_is_used(models)
    fetched = sum(path.stat().st_size for path in store.partial(models, "small").rglob("*") if path.is_file())
    assert fetched > 60_000
    hub.ranges.clear()
    assert (pull(ENTRY, models, endpoint=hub.address) / "model.safetensors").read_bytes() == WEIGHTS
    (line,) = hub.ranges  # the small file was there already
    assert int(line.split()[1]) > 60_000


def test_a_server_that_never_gets_on_is_given_up_and_what_came_is_kept(hub, models):
    hub.cut_after, hub.always = 0, True
    with pytest.raises(DownloadFailed, match="pull it again, it goes on where it stopped"):
        pull(ENTRY, models, endpoint=hub.address)
    assert nothing_is_used(models)


@pytest.mark.parametrize("endless", [False, True], ids=["announced", "without a length"])
def test_a_file_longer_than_announced_is_not_written_beyond_that_length(hub, models, endless):
    hub.longer, hub.endless = b"x" * 300_000, endless
    with pytest.raises((Damaged, DownloadFailed)):
        pull(ENTRY, models, endpoint=hub.address)
    assert nothing_is_used(models)
    written = [path.stat().st_size for path in store.partial(models, "small").rglob("*.safetensors*")]
    assert all(size <= len(WEIGHTS) for size in written)


def test_a_shorter_file_than_announced_is_not_used(hub, models):
    hub.other_bytes[FILE] = WEIGHTS[:-1000]
    with pytest.raises(DownloadFailed):
        pull(ENTRY, models, endpoint=hub.address)
    assert nothing_is_used(models)


@pytest.mark.parametrize("name", [FILE, "inside/config.json"], ids=["SHA-256", "git's hash"])
def test_wrong_bytes_of_the_right_length_are_deleted_and_fetched_again_next_time(hub, models, name):
    hub.other_bytes[name] = hub.files[name][:-1] + b"?"
    with pytest.raises(Damaged, match="other bytes than announced and was deleted"):
        pull(ENTRY, models, endpoint=hub.address)
    assert nothing_is_used(models)
    hub.other_bytes.clear()
    assert manifest.verify(pull(ENTRY, models, endpoint=hub.address)) == ()


def test_a_hub_that_changes_its_mind_about_a_hash_that_the_catalogue_knows_is_not_believed(hub, models):
    entry = replace(ENTRY, sha256={"model.safetensors": "0" * 64})
    with pytest.raises(Damaged, match="other bytes"):
        pull(entry, models, endpoint=hub.address)


@pytest.mark.parametrize(
    "line",
    [
        {"rfilename": "inside/../../../escaped.safetensors", "size": 3, "blobId": "0" * 40},
        {"rfilename": "inside/model.safetensors", "blobId": "0" * 40},
        {"rfilename": "inside/model.safetensors", "size": 3},
        {"rfilename": "inside/model.safetensors", "size": 1 << 40, "blobId": "0" * 40},
    ],
    ids=["outside the folder", "no length", "no hash", "large and no SHA-256"],
)
def test_an_odd_listing_is_refused(hub, models, line):
    hub.listed = [line]
    entry = replace(ENTRY, files=("*",))
    with pytest.raises(Damaged):
        pull(entry, models, endpoint=hub.address)
    assert not list(models.rglob("*.safetensors"))


def test_pickles_are_never_fetched_whatever_the_patterns_say(hub, models):
    entry = replace(ENTRY, subfolder="x", files=("*",))
    with pytest.raises(Damaged, match="holds none of the files"):
        pull(entry, models, endpoint=hub.address)


def test_gated_weights_need_the_licence_accepted_and_say_how_to_get_in(hub, models):
    entry = replace(ENTRY, gated=True)
    with pytest.raises(LicenceNotAccepted, match=r"Apache-2\.0"):
        pull(entry, models, endpoint=hub.address)
    assert hub.ranges == []
    hub.gated = True
    with pytest.raises(DownloadFailed, match="accept its licence on its page, log in"):
        pull(entry, models, accepted=True, endpoint=hub.address)


def test_too_little_disk_is_said_before_anything_is_fetched(hub, models, monkeypatch):
    monkeypatch.setattr(hub_module.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 1000})())
    with pytest.raises(InvalidRequest, match=r"needs 0\.0 GB more .* name another folder in DIFFDECOMPOSE_MODELS"):
        pull(ENTRY, models, endpoint=hub.address)
    assert hub.ranges == []


def test_no_server_at_all_is_a_failed_download(models):
    with pytest.raises(DownloadFailed):
        pull(ENTRY, models, endpoint="http://127.0.0.1:9")
