"""What `kill -9` of the daemon leaves, and clients that live through it."""

import threading

import pytest

from bridge.wire import ConnectionLost, JobFailed, Options, new_job_id
from bridge.wire.messages import Accepted


def test_accepted_jobs_run_and_finished_results_are_still_there(daemon, tools):
    with daemon.start().client() as client:
        done = client.decompose(tools.noise(20, 20, seed=1), Options(engine="null")).job
        running = client.submit(tools.noise(20, 20, seed=2), Options(engine="slow", seed=40)).job
        tools.running(client, running, "network")
        waiting = client.submit(tools.noise(20, 20, seed=3), Options(engine="null")).job
    daemon.kill()
    with daemon.start().client() as client:
        for seed, job in ((1, done), (2, running), (3, waiting)):
            client.wait(job)
            assert bytes(client.fetch(job).background.data) == tools.noise(20, 20, seed=seed).data
    assert daemon.log().count(f"job={done} attempt=") == 1
    assert daemon.log().count(f"job={waiting} attempt=") == 1
    assert sorted(path.name for path in (daemon.folder / "jobs" / "incoming").iterdir()) == []


def test_the_daemons_death_costs_no_retry(daemon, tools):
    job = new_job_id()
    with daemon.start().client() as client:
        client.submit(tools.noise(4, 4), Options(engine="slow", seed=40), job=job)
        tools.running(client, job, "network")
    for _ in range(3):
        daemon.kill()
        with daemon.start().client() as client:
            tools.running(client, job, "network")
    with daemon.client() as client:
        client.wait(job)


def test_a_waiting_client_reconnects_and_attaches_by_itself(daemon, tools):
    daemon.start()
    accepted = []

    def restart():
        with daemon.client() as other:
            tools.until(lambda: [line for line in other.jobs() if line.stage == "network"])
        daemon.kill()
        daemon.start()

    thread = threading.Thread(target=restart)
    thread.start()
    with daemon.client() as client:
        picture = tools.noise(30, 30)
        done = client.decompose(picture, Options(engine="slow", seed=40), accepted=accepted.append)
        thread.join()
        assert bytes(client.fetch(done.job).background.data) == picture.data
    assert [isinstance(word, Accepted) and word.attached for word in accepted] == [False, True]


def test_a_client_without_a_daemon_gives_up_in_time_and_says_that_the_job_lives(daemon, tools):
    with daemon.start().client(timeout=0.5) as client:
        job = client.submit(tools.noise(4, 4), Options(engine="null")).job
        daemon.kill()
        with pytest.raises(ConnectionLost, match="accepted jobs go on"):
            client.wait(job)
    with daemon.start().client() as client:
        assert client.wait(job).job == job


def test_a_fetch_that_is_broken_off_starts_again(daemon, tools):
    picture = tools.noise(2500, 2000)
    with daemon.start().client() as client:
        job = client.decompose(picture, Options(engine="null")).job
        asked = []

        def cancelled():
            asked.append(1)
            if len(asked) == 5:
                daemon.kill()
                threading.Thread(target=daemon.start).start()
            return False

        assert bytes(client.fetch(job, cancelled=cancelled).background.data) == picture.data
        tools.until(lambda: daemon.process is not None)


def test_a_damaged_job_list_is_told_to_the_user(daemon, tools):
    with daemon.start().client() as client:
        job = client.decompose(tools.noise(4, 4), Options(engine="null")).job
    daemon.kill()
    for path in (daemon.folder / "jobs").glob("jobs.sqlite*"):
        path.unlink()
    (daemon.folder / "jobs" / "jobs.sqlite").write_bytes(b"damaged" * 1000)
    with daemon.start().client() as client:
        assert "set aside" in client.welcome.notices[0]
        with pytest.raises(JobFailed) as caught:
            client.wait(job)
        assert caught.value.code == "unknown_job"
        client.decompose(tools.noise(4, 4), Options(engine="null"))


def test_a_result_whose_files_are_damaged_is_said_so(daemon, tools):
    with daemon.start().client() as client:
        job = client.decompose(tools.noise(4, 4), Options(engine="null")).job
        (daemon.folder / "jobs" / "pictures" / job / "result" / "result.json").write_text("{")
        with pytest.raises(JobFailed, match="damaged"):
            client.fetch(job)
        with pytest.raises(JobFailed, match="damaged"):
            client.wait(job)
        client.jobs()
