"""Engines that crash, hang, run out of memory or are cancelled, in real worker processes."""

import os
import signal
import threading
import time

import pytest

from bridge.wire import JobCancelled, JobFailed, Options, new_job_id


def hand_in(client, tools, engine, **options):
    return client.submit(tools.noise(8, 8), Options(engine=engine, **options)).job


def test_a_crash_is_tried_three_times_and_then_said_so(daemon, tools):
    with daemon.start().client() as client:
        job = hand_in(client, tools, "crash")
        other = hand_in(client, tools, "null")
        with pytest.raises(JobFailed, match="signal 9") as caught:
            client.wait(job)
        assert caught.value.code == "worker_died"
        assert daemon.log().count(f"job={job} attempt=") == 3
        client.wait(other)  # the queue went on


def test_a_worker_that_is_killed_costs_one_retry_and_nothing_else(daemon, tools):
    with daemon.start().client() as client:
        job = hand_in(client, tools, "slow", seed=20)
        tools.running(client, job, "network")
        os.kill(daemon.workers()[-1], signal.SIGKILL)
        assert client.wait(job).job == job
        assert daemon.log().count(f"job={job} attempt=") == 2


def test_a_worker_that_died_while_it_had_no_work_costs_nothing(daemon, tools):
    with daemon.start().client() as client:
        client.wait(hand_in(client, tools, "null"))
        os.kill(daemon.workers()[-1], signal.SIGKILL)
        job = hand_in(client, tools, "null")
        client.wait(job)
        assert daemon.log().count(f"job={job} attempt=") == 1


def test_an_engine_that_makes_no_step_is_given_up(daemon, tools):
    daemon.settings["stall"] = 0.5
    with daemon.start().client() as client:
        job = hand_in(client, tools, "hang")
        with pytest.raises(JobFailed, match="made no step") as caught:
            client.wait(job)
        assert caught.value.code == "worker_stuck"


def test_a_frozen_process_is_found_by_its_missing_heartbeat(daemon, tools):
    daemon.settings["silence"] = 1.5
    with daemon.start().client() as client:
        job = hand_in(client, tools, "slow", seed=40)
        tools.running(client, job, "network")
        frozen = daemon.workers()[-1]
        os.kill(frozen, signal.SIGSTOP)
        client.wait(job)
        assert not tools.alive(frozen)
        assert daemon.log().count(f"job={job} attempt=") == 2


def test_out_of_memory_is_said_with_the_way_out_and_the_process_gives_everything_back(client, shared, tools):
    job = hand_in(client, tools, "oom")
    with pytest.raises(JobFailed, match="choose quality 'fast'") as caught:
        client.wait(job)
    assert caught.value.code == "out_of_memory"
    assert shared.log().count(f"job={job} attempt=") == 1
    client.wait(hand_in(client, tools, "null"))
    started = [line for line in shared.log().splitlines() if "worker=cpu" in line and line.endswith("started")]
    assert len(started) > 1


def test_a_cancel_is_answered_within_one_step_and_the_worker_lives_on(daemon, tools):
    with daemon.start().client() as client:
        job = hand_in(client, tools, "slow", seed=200)
        tools.running(client, job, "network")
        before = daemon.workers()
        began = time.monotonic()
        assert client.cancel(job)
        answered = time.monotonic() - began
        with pytest.raises(JobCancelled):
            client.wait(job)
        client.wait(hand_in(client, tools, "null"))
        assert answered < 1.0  # a step takes 50 ms; the rest is for a busy machine
        assert daemon.workers() == before


def test_a_hung_engine_is_cancelled_and_out_of_the_way_soon(daemon, tools):
    with daemon.start().client() as client:
        job, flag = new_job_id(), threading.Event()
        began = []

        def cancel():
            with daemon.client() as other:
                tools.running(other, job, "network")
            began.append(time.monotonic())
            flag.set()

        threading.Thread(target=cancel).start()
        with pytest.raises(JobCancelled):
            client.decompose(tools.noise(8, 8), Options(engine="hang"), job=job, cancelled=flag.is_set)
        assert time.monotonic() - began[0] < 2.0
        hung = daemon.workers()[-1]
        tools.until(lambda: not tools.alive(hung), 3.0)
        client.wait(hand_in(client, tools, "null"))


def test_a_waiting_job_can_be_cancelled_and_never_runs(daemon, tools):
    with daemon.start().client() as client:
        first = hand_in(client, tools, "slow", seed=20)
        second = hand_in(client, tools, "null")
        assert client.cancel(second)
        client.wait(first)
        assert not client.cancel(first)
        assert f"job={second} attempt" not in daemon.log()


def test_forgetting_a_running_job_cancels_it(daemon, tools):
    with daemon.start().client() as client:
        job = hand_in(client, tools, "slow", seed=200)
        tools.running(client, job, "network")
        client.forget(job)
        assert client.jobs() == ()
        client.wait(hand_in(client, tools, "null"))
        tools.until(lambda: len(daemon.pixel_folders()) == 1)


def test_a_worker_without_work_is_let_go(daemon, tools):
    daemon.settings["worker_idle"] = 0.3
    with daemon.start().client() as client:
        client.wait(hand_in(client, tools, "null"))
        assert daemon.workers()
        tools.until(lambda: not daemon.workers())
        client.wait(hand_in(client, tools, "null"))


def test_workers_end_with_their_daemon_even_when_their_engine_hangs(daemon, tools):
    with daemon.start().client() as client:
        job = hand_in(client, tools, "hang")
        tools.running(client, job, "network")
    left = daemon.workers()
    assert left
    daemon.kill()
    tools.until(lambda: not any(tools.alive(pid) for pid in left), 5.0)


def test_engines_may_print_without_harm_and_it_is_logged(client, shared, tools):
    client.wait(hand_in(client, tools, "chatty"))
    tools.until(lambda: "engines may print" in shared.log())


def test_an_engine_without_its_weights_is_known_and_refused(client, tools):
    tools.until(lambda: {e.name: e.state for e in client.engines}["missing"] == "unavailable" or client.jobs() is None)
    with pytest.raises(JobFailed, match="fetch them") as caught:
        hand_in(client, tools, "missing")
    assert caught.value.code == "engine_unavailable"


def test_weights_that_were_fetched_meanwhile_are_found(daemon, tools, tmp_path, monkeypatch):
    monkeypatch.setenv("ODD_WEIGHTS", str(tmp_path / "weights"))
    daemon.settings["probe_interval"] = 0.2

    def state(client):
        client.jobs()
        return {engine.name: engine.state for engine in client.engines}["missing"]

    with daemon.start().client() as client:
        tools.until(lambda: state(client) == "unavailable")
        (tmp_path / "weights").touch()

        def asked():
            with daemon.client() as other:
                return state(other) == "ready"

        tools.until(asked)


def test_the_state_of_an_engine_is_told_to_everyone(daemon, tools):
    with daemon.start().client() as client, daemon.client() as onlooker:
        client.wait(hand_in(client, tools, "null"))
        tools.until(lambda: onlooker.jobs() and {e.name: e.state for e in onlooker.engines}["null"] == "loaded")
