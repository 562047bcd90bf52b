"""Pictures through the real daemon and a real worker, and back."""

import io
import os
import signal
import threading
from itertools import pairwise

import numpy as np
import pytest
from psd_tools import PSDImage

from benchmarks.overlay_pictures import Case, draw, logo_overlay
from bridge.wire import JobCancelled, JobFailed, Mask, Options, Picture, new_job_id
from bridge.wire.link import dial
from bridge.wire.messages import Accepted, Export, Exported, Failed
from model.blending import recompose
from model.types import BlendType, Decomposition, Layer, Provenance
from model.types import Options as ModelOptions

DTYPES = {"u8": "u1", "u16": "<u2", "f16": "<f2", "f32": "<f4"}


def stacked(answer, dtype):
    """The layers laid over each other by the model's own arithmetic."""
    layers = tuple(
        Layer(
            layer.name,
            np.frombuffer(layer.data, dtype).reshape(layer.height, layer.width, 4),
            (layer.x, layer.y),
            layer.opacity,
            BlendType(layer.blend),
        )
        for layer in answer.layers
    )
    said = Provenance("test", ModelOptions(), 0, None, None, 1.0, 0.0, 0)
    return recompose(Decomposition((answer.width, answer.height), layers, said))


@pytest.mark.parametrize("depth", ["u8", "u16"])
@pytest.mark.parametrize("order", ["rgba", "bgra"])
def test_the_layers_stacked_are_the_picture(client, depth, order):
    dtype = DTYPES[depth]
    pixels = np.random.default_rng(5).integers(0, np.iinfo(dtype).max, (40, 60, 4), dtype, endpoint=True)
    pixels[..., 3] = np.iinfo(dtype).max
    sent = pixels[..., [2, 1, 0, 3]] if order == "bgra" else pixels
    done = client.decompose(Picture(60, 40, sent.tobytes(), 4, depth, order), Options(engine="tint", candidates=2))
    assert (done.width, done.height, len(done.candidates)) == (60, 40, 2)
    for number, info in enumerate(done.candidates):
        assert (info.engine, info.recomposition_error, info.layers) == ("tint", 0, 2)
        answer = client.fetch(done.job, number, depth=depth, order="rgba")
        assert answer.info == info
        assert np.array_equal(stacked(answer, dtype)[..., :3], pixels[..., :3])
    assert client.fetch(done.job, 0).background.data != client.fetch(done.job, 1).background.data
    client.forget(done.job)


@pytest.mark.parametrize("order", ["rgba", "bgra"])
def test_a_known_overlay_that_is_sent_along_is_found_and_taken_off(client, order):
    overlay = logo_overlay(np.random.default_rng(3), 120)
    ramp = np.linspace(40, 200, 200 * 150).reshape(150, 200).astype(np.uint8)
    photo = np.dstack([ramp, ramp[::-1], ramp[:, ::-1]])
    place = np.array([[0.6, 0, 50], [0, 0.6, 30]])
    drawn = draw(Case(0, "logo", overlay, (place,), 0.5, BlendType.NORMAL), photo)
    assert "overlay" in client.welcome.features
    sent = overlay[..., [2, 1, 0, 3]] if order == "bgra" else overlay
    known = Picture(120, 120, np.ascontiguousarray(sent).tobytes(), 4, "u8", order)
    done = client.decompose(Picture(200, 150, drawn.composite.tobytes(), 3), Options(), overlay=known)
    (info,) = done.candidates
    assert (info.engine, info.recomposition_error, info.layers) == ("overlay", 0, 2)
    answer = client.fetch(done.job, 0, order="rgba")
    assert np.array_equal(stacked(answer, "u1")[..., :3], drawn.composite)
    background = np.frombuffer(answer.background.data, "u1").reshape(150, 200, 4)[..., :3]
    assert np.abs(background.astype(int) - photo).mean() < 1
    client.forget(done.job)


@pytest.mark.parametrize("depth", ["u8", "u16"])
@pytest.mark.parametrize("blend", ["normal", "multiply", "screen", "add"])
def test_with_full_alpha_the_layers_are_the_same_picture(client, depth, blend):
    dtype, top = DTYPES[depth], np.iinfo(DTYPES[depth]).max
    pixels = np.random.default_rng(6).integers(0, top // 2, (40, 60, 4), dtype, endpoint=True) + np.array(
        top // 4, dtype
    )
    pixels[..., 3] = top
    done = client.decompose(Picture(60, 40, pixels.tobytes(), 4, depth), Options(engine="tint", blend=blend))
    answer = client.fetch(done.job, 0, depth=depth, opaque=True)
    assert [layer.blend for layer in answer.layers] == ["normal", blend]
    assert np.array_equal(stacked(answer, dtype), pixels)
    alpha = np.frombuffer(answer.foregrounds[0].data, dtype)[3::4]
    assert (alpha.min() == top) == (blend != "normal")
    client.forget(done.job)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("depth", ["u8", "u16", "f16", "f32"])
def test_every_layout_comes_back_as_it_was_asked_for(client, tools, channels, depth):
    rng = np.random.default_rng(8)
    high = 1 if depth.startswith("f") else np.iinfo(DTYPES[depth]).max
    pixels = (rng.random((9, 11, channels)) * high).astype(DTYPES[depth])
    job = client.decompose(Picture(11, 9, pixels.tobytes(), channels, depth), Options(engine="null")).job
    colour = pixels[..., [0, 0, 0] if channels < 3 else [0, 1, 2]]
    answer = client.fetch(job, depth=depth, order="bgra")
    back = np.frombuffer(answer.background.data, DTYPES[depth]).reshape(9, 11, 4)
    off = np.abs(back[..., 2::-1].astype(float) - colour)
    assert off.max() <= {"u8": 0, "u16": 0, "f16": 1 / 1024, "f32": 1 / 65535}[depth]
    assert answer.foregrounds == ()
    client.forget(job)


def test_the_embedded_classic_engine_lifts_fog(client):
    ramp = np.linspace(40, 120, 64 * 64 * 3).reshape(64, 64, 3)
    foggy = (0.4 * ramp + 0.6 * 230).astype(np.uint8)
    done = client.decompose(Picture(64, 64, foggy.tobytes(), 3), Options(engine="classic", kind="fog"))
    answer = client.fetch(done.job)
    assert np.array_equal(stacked(answer, "u1")[..., :3], foggy)
    assert done.candidates[0].kind == "fog"
    assert len(answer.foregrounds) == 1
    assert {time.stage for time in done.seconds} >= {"network", "finish", "total"}
    client.forget(done.job)


def test_outside_selection_and_region_nothing_changes(client):
    pixels = np.full((20, 20, 3), 200, np.uint8)
    selection = np.zeros((20, 20), np.uint8)
    selection[5:15, 5:15] = 255
    mask = Mask(20, 20, selection.tobytes())
    done = client.decompose(
        Picture(20, 20, pixels.tobytes(), 3), Options(engine="tint"), selection=mask, hint=mask, region=(0, 0, 10, 20)
    )
    answer = client.fetch(done.job)
    changed = np.frombuffer(answer.background.data, np.uint8).reshape(20, 20, 4)[..., :3] != 200
    expected = np.zeros((20, 20), bool)
    expected[5:15, 5:10] = True
    assert changed.any()
    assert not changed.any(2)[~expected].any()
    client.forget(done.job)


def test_profile_and_resolution_travel_along(client, tools):
    profile = bytes(range(256)) * 3
    picture = Picture(4, 4, bytes(64), icc=profile, dpi=(300.0, 150.0))
    done = client.decompose(picture, Options(engine="null"))
    assert client.fetch(done.job).icc == profile
    client.forget(done.job)


@pytest.mark.parametrize("compact", [False, True])
def test_a_layered_psd_is_made_by_a_worker(client, tools, compact):
    pixels = np.random.default_rng(6).integers(0, 256, (24, 32, 3), np.uint8)
    done = client.decompose(Picture(32, 24, pixels.tobytes(), 3), Options(engine="tint", candidates=2))
    sink = io.BytesIO(b"what was there before is replaced" * 9000)
    size = client.export(done.job, sink, format="psd", candidate=0, compact=compact)
    assert size == len(sink.getvalue())
    sink.seek(0)
    psd = PSDImage.open(sink)
    assert [layer.kind for layer in psd] == ["pixel", "pixel"]
    merged = psd.topil()
    assert merged is not None
    assert np.array_equal(np.asarray(merged.convert("RGB")), pixels)
    everything = io.BytesIO()
    client.export(done.job, everything, format="psd")
    everything.seek(0)
    assert [layer.kind for layer in PSDImage.open(everything)] == ["group", "group"]
    ora = io.BytesIO()
    client.export(done.job, ora, format="ora")
    assert ora.getvalue()[30:38] == b"mimetype"
    client.forget(done.job)


def test_an_export_that_cannot_be_made_says_so_and_leaves_nothing(shared, client, tools):
    done = client.decompose(tools.noise(8, 8), Options(engine="tint"))
    for file in (shared.folder / "jobs" / "pictures" / done.job / "result").glob("*.raw"):
        file.unlink()
    with pytest.raises(JobFailed, match="in the worker"):
        client.export(done.job, io.BytesIO())
    assert list((shared.folder / "jobs" / "incoming").iterdir()) == []
    with pytest.raises(JobFailed, match="damaged"):
        client.fetch(done.job)


def test_the_worker_that_packs_may_be_killed(shared, client, tools):
    done = client.decompose(tools.noise(8, 8), Options(engine="tint"))
    sizes = []
    for _ in range(2):
        sizes.append(client.export(done.job, io.BytesIO(), format="ora"))
        os.kill(shared.workers("files")[-1], signal.SIGKILL)
    assert client.export(done.job, io.BytesIO(), format="ora") == sizes[0] == sizes[1]


def test_more_exports_than_can_wait_are_refused(shared, client, tools):
    job = client.decompose(tools.noise(8, 8), Options(engine="tint")).job
    runtime = tools.read_runtime(shared.folder)
    link = dial(runtime.url, runtime.token, "impatient", "0")
    for number in range(40):
        link.send(Export(job, request=10 + number))
    answers = []
    while len(answers) < 40:
        message = link.receive(10.0)
        if isinstance(message, Exported | Failed):
            answers.append(message)
    link.close()
    refused = [answer.code for answer in answers if isinstance(answer, Failed)]
    assert refused
    assert set(refused) == {"queue_full"}
    assert len(refused) <= 32


def test_progress_comes_with_stage_time_and_preview(client, tools):
    seen = []
    done = client.decompose(tools.noise(16, 16), Options(engine="chatty"), progress=seen.append)
    stages = list(dict.fromkeys(progress.stage for progress in seen))
    assert stages[:2] == ["load", "network"]
    steps = [progress for progress in seen if progress.stage == "network"]
    assert [progress.steps for progress in steps if progress.steps == 5]
    assert all(later.elapsed >= earlier.elapsed for earlier, later in pairwise(seen))
    assert any(progress.left is not None for progress in steps)
    previews = [progress.preview for progress in seen if progress.preview is not None]
    assert previews
    assert all(len(preview.rgb) == preview.width * preview.height * 3 for preview in previews)
    client.forget(done.job)


def test_handing_in_the_same_id_again_attaches(shared, client, tools):
    job, ends = new_job_id(), []
    picture, options = tools.noise(8, 8), Options(engine="slow", seed=20)
    accepted = client.submit(picture, options, job=job)
    assert (accepted.attached, accepted.job) == (False, job)

    def again():
        with shared.client() as other:
            ends.append(other.decompose(picture, options, job=job, accepted=ends.append))

    threads = [threading.Thread(target=again) for _ in range(3)]
    for thread in threads:
        thread.start()
    done = client.wait(job)
    for thread in threads:
        thread.join(20)
    assert [end.attached for end in ends if isinstance(end, Accepted)] == [True] * 3
    assert [end.job for end in ends if not isinstance(end, Accepted)] == [job] * 3
    assert shared.log().count(f"job={job} attempt=") == 1
    assert client.decompose(picture, options, job=job).candidates == done.candidates
    client.forget(job)


def test_the_same_id_with_another_request_is_refused(client, tools):
    done = client.decompose(tools.noise(8, 8), Options(engine="null"))
    with pytest.raises(JobFailed) as caught:
        client.decompose(tools.noise(8, 8), Options(engine="null", seed=5), job=done.job)
    assert caught.value.code == "job_exists"
    client.forget(done.job)


def test_priorities_overtake_and_places_are_told(shared, client, tools):
    jobs = [new_job_id() for _ in range(3)]
    picture = tools.noise(8, 8)
    client.submit(picture, Options(engine="slow", seed=400), job=jobs[0])
    tools.running(client, jobs[0], "network")
    assert client.submit(picture, Options(engine="null"), job=jobs[1]).place == 1
    assert client.submit(picture, Options(engine="null"), job=jobs[2], priority=5).place == 1
    lines = {line.job: line for line in client.jobs()}
    assert (lines[jobs[0]].state, lines[jobs[0]].stage) == ("running", "network")
    assert (lines[jobs[1]].place, lines[jobs[2]].place) == (2, 1)
    assert client.cancel(jobs[0])
    client.wait(jobs[1])
    log = shared.log()
    assert log.index(f"job={jobs[2]} attempt=1") < log.index(f"job={jobs[1]} attempt=1")
    for job in jobs:
        client.forget(job)


def test_two_clients_in_two_threads_do_not_mind_each_other(shared, tools):
    wrong = []

    def work(seed):
        with shared.client() as own:
            for number in range(5):
                picture = tools.noise(20, 10, seed=100 * seed + number)
                done = own.decompose(picture, Options(engine="null"))
                if bytes(own.fetch(done.job).background.data) != picture.data:
                    wrong.append(seed)
                own.forget(done.job)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert wrong == []


def test_a_large_picture_crosses_in_pieces_and_comes_back_whole(client, tools):
    picture = tools.noise(1500, 1200)
    done = client.decompose(picture, Options(engine="null"))
    assert bytes(client.fetch(done.job).background.data) == picture.data
    with pytest.raises(JobCancelled):
        client.fetch(done.job, cancelled=lambda: True)
    assert bytes(client.fetch(done.job).background.data) == picture.data
    client.forget(done.job)


def test_a_thousand_small_jobs_leave_nothing_behind(shared, client, tools):
    """The first hundred of them; benchmarks/transport.py does the thousand and measures memory."""
    before = shared.pixel_folders()
    listed = len(client.jobs())
    picture = tools.noise(64, 64)
    for _ in range(100):
        client.forget(client.decompose(picture, Options(engine="null")).job)
    assert shared.pixel_folders() == before
    assert len(client.jobs()) == listed
