import sqlite3
import time
from dataclasses import replace

import pytest

from bridge.errors import StoreError
from bridge.jobs import CancelledByUser, Finished, Started, State, advance
from bridge.store import Store
from bridge.wire.messages import Decompose
from bridge.wire.parts import Pixels


def add(store, name, priority=0, data=b"abcd"):
    incoming = store.new_incoming()
    (incoming / "picture.raw").write_bytes(data)
    return store.add(Decompose(name, Pixels(1, 4, 1, 1), priority=priority), ("a note",), incoming)


def finish(store, job, data=b"xyz"):
    job = advance(job, Started())
    attempt = store.folder(job.id) / f"try-{job.attempt}"
    attempt.mkdir()
    (attempt / "0-0.raw").write_bytes(data)
    store.adopt(job.id, attempt)
    job = advance(job, Finished(1.0, job.size + len(data)))
    store.note(job)
    return job


def test_jobs_survive_and_running_ones_wait_again(tmp_path):
    store = Store(tmp_path / "jobs")
    done = finish(store, add(store, "job-done"))
    waiting = add(store, "job-waiting")
    broken_off = advance(add(store, "job-running"), Started())
    store.note(broken_off)
    (store.folder("job-running") / "try-1").mkdir()
    # No close: the process was killed.
    again = Store(tmp_path / "jobs")
    kept = again.get("job-done")
    assert kept is not None
    assert replace(kept, age=0.0) == done
    assert again.get("job-waiting") == waiting
    found = again.get("job-running")
    assert found is not None
    assert (found.state, found.attempt, found.deaths) == (State.QUEUED, 1, 0)
    assert not (again.folder("job-running") / "try-1").exists()
    assert (again.folder("job-done") / "result" / "0-0.raw").read_bytes() == b"xyz"


def test_the_queue_is_first_in_first_out_within_a_priority(tmp_path):
    store = Store(tmp_path / "jobs")
    for name, priority in (("job-first", 0), ("job-second", 0), ("job-urgent", 5), ("job-lazy-", -5)):
        add(store, name, priority)
    assert [job.id for job in store.queue()] == ["job-urgent", "job-first", "job-second", "job-lazy-"]
    assert [store.place(name) for name in ("job-urgent", "job-second", "unknown-")] == [1, 3, 0]


def test_half_written_files_are_cleared_away(tmp_path):
    store = Store(tmp_path / "jobs")
    add(store, "job-kept-")
    (store.new_incoming() / "picture.raw").write_bytes(b"half")
    orphan = store.folder("job-orphan")
    orphan.mkdir()
    (orphan / "picture.raw").write_bytes(b"moved, but never noted")
    again = Store(tmp_path / "jobs")
    assert not orphan.exists()
    assert list((tmp_path / "jobs" / "incoming").iterdir()) == []
    assert (again.folder("job-kept-") / "picture.raw").read_bytes() == b"abcd"


@pytest.mark.parametrize("damage", [b"this is no database" * 300, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_list_is_set_aside_and_the_user_told(tmp_path, damage):
    store = Store(tmp_path / "jobs")
    add(store, "job-lost-")
    store.close()
    for path in (tmp_path / "jobs").glob("jobs.sqlite*"):
        path.unlink()
    (tmp_path / "jobs" / "jobs.sqlite").write_bytes(damage)
    again = Store(tmp_path / "jobs")
    assert list(again) == []
    assert "set aside in" in again.notices[0]
    assert (tmp_path / "jobs.damaged" / "jobs.sqlite").read_bytes() == damage
    assert add(again, "job-new--").state is State.QUEUED


def test_a_row_that_makes_no_sense_counts_as_damage(tmp_path):
    store = Store(tmp_path / "jobs")
    add(store, "job-lost-")
    store.close()
    with sqlite3.connect(tmp_path / "jobs" / "jobs.sqlite") as database:
        database.execute("UPDATE jobs SET request = '{\"job\": 5}'")
    assert "set aside" in Store(tmp_path / "jobs").notices[0]


def test_old_results_and_those_beyond_size_or_number_go_oldest_first(tmp_path):
    store = Store(tmp_path / "jobs")
    names = [f"job-number-{n}" for n in range(4)]
    for name in names:
        finish(store, add(store, name))
        store._grow_older(100.0)
    waiting = add(store, "job-waiting")
    assert store.expire(oldest=350.0, largest=10**9, most=9) == [names[0]]
    assert store.expire(oldest=1e9, largest=sum(job.size for job in store) - 1, most=9) == [names[1]]
    assert store.expire(oldest=1e9, largest=10**9, most=2) == []
    assert store.get(waiting.id) is not None
    assert sorted(path.name for path in (tmp_path / "jobs" / "pictures").iterdir()) == [*names[2:], "job-waiting"]
    assert store.expire(oldest=1e9, largest=10**9, most=1) == [names[2]]


@pytest.mark.parametrize("jump", [-1e9, 1e9])
def test_a_clock_that_jumps_deletes_nothing(tmp_path, monkeypatch, jump):
    store = Store(tmp_path / "jobs")
    finish(store, add(store, "job-kept-"))
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + jump)
    assert store.expire(oldest=7 * 86400.0, largest=10**9, most=9) == []
    again = Store(tmp_path / "jobs")
    assert again.expire(oldest=7 * 86400.0, largest=10**9, most=9) == []
    assert again.get("job-kept-") is not None


def test_a_job_that_cannot_be_noted_is_not_accepted(tmp_path):
    store = Store(tmp_path / "jobs")
    store._database.execute("PRAGMA max_page_count = 1")
    refused = 0
    for number in range(100):
        try:
            add(store, f"job-number-{number}")
        except StoreError as problem:
            assert "free space" in str(problem)  # noqa: PT017 - some fit
            refused += 1
    assert refused > 0
    assert set(path.name for path in (tmp_path / "jobs" / "pictures").iterdir()) == {job.id for job in store}


def test_a_full_disk_does_not_stop_a_running_job(tmp_path):
    store = Store(tmp_path / "jobs")
    job = add(store, "job-lucky")
    store._database.close()
    store.note(advance(job, CancelledByUser()))
    found = store.get(job.id)
    assert found is not None
    assert found.state is State.CANCELLED


def test_forgetting_leaves_nothing(tmp_path):
    store = Store(tmp_path / "jobs")
    finish(store, add(store, "job-gone-"))
    store.forget("job-gone-")
    assert list(store) == []
    assert list((tmp_path / "jobs" / "pictures").iterdir()) == []
    assert list(Store(tmp_path / "jobs")) == []


def test_a_cancelled_job_keeps_its_line_and_no_files(tmp_path):
    store = Store(tmp_path / "jobs")
    job = store.clear(advance(add(store, "job-unwanted"), CancelledByUser()))
    store.note(job)
    assert job.size == 0
    assert not store.folder(job.id).exists()
    found = Store(tmp_path / "jobs").get(job.id)
    assert found is not None
    assert found.state is State.CANCELLED


def test_the_pace_of_an_engine_follows_its_last_runs(tmp_path):
    store = Store(tmp_path / "jobs")
    assert store.pace("nano") is None
    for seconds in (4.0, 2.0):
        store.note_pace("nano", seconds)
    assert Store(tmp_path / "jobs").pace("nano") == 3.0
