"""Defects of our own, made on purpose inside the daemon: they cost one job, never the service."""

import asyncio
from pathlib import Path

from bridge.daemon.scheduler import Scheduler
from bridge.daemon.settings import Settings
from bridge.jobs import State
from bridge.store import Store
from bridge.wire.messages import Decompose
from bridge.wire.parts import Options, Pixels


class Broken(Exception):
    pass


def add(store: Store, name: str) -> None:
    incoming = store.new_incoming()
    (incoming / "picture.raw").write_bytes(bytes(4))
    store.add(Decompose(name, Pixels(1, 4, 1, 1), Options(engine="classic")), (), incoming)


def test_a_mistake_while_running_a_job_fails_that_job_and_the_next_runs(tmp_path: Path, monkeypatch):
    store = Store(tmp_path / "jobs")
    told = []

    async def run() -> None:
        scheduler = Scheduler(store, ["false"], Settings(), lambda job, message: told.append(message), lambda *_: None)

        async def perform(worker, order, on_tick):
            raise Broken(order.job)

        monkeypatch.setattr("bridge.daemon.workers.Worker.perform", perform)
        for name in ("job-first", "job-second"):
            add(store, name)
        scheduler.start()
        while scheduler.busy:
            await asyncio.sleep(0.01)
        await scheduler.stop()

    asyncio.run(asyncio.wait_for(run(), 10))
    assert [job.state for job in store] == [State.FAILED, State.FAILED]
    assert [(message.job, message.code) for message in told] == [("job-first", "internal"), ("job-second", "internal")]


def test_a_worker_that_cannot_be_started_fails_the_job(tmp_path: Path):
    store = Store(tmp_path / "jobs")
    told = []

    async def run() -> None:
        scheduler = Scheduler(store, ["false"], Settings(), lambda job, message: told.append(message), lambda *_: None)
        add(store, "job-first")
        scheduler.start()
        while scheduler.busy:
            await asyncio.sleep(0.01)
        await scheduler.stop()

    asyncio.run(asyncio.wait_for(run(), 20))
    assert [message.code for message in told] == ["worker_died"]
