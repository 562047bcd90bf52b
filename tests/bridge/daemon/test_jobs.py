import pytest

from bridge.jobs import (
    CancelledByUser,
    Died,
    FailedForGood,
    Failure,
    Finished,
    IllegalMove,
    Job,
    Restarted,
    Started,
    State,
    advance,
)
from bridge.wire.messages import Decompose
from bridge.wire.parts import Pixels

FAILURE = Failure("out_of_memory", "it was too large", "choose a smaller one")
EVENTS = [Started(), Finished(1.0, 10), FailedForGood(FAILURE), Died(FAILURE), CancelledByUser(), Restarted()]


def job(state=State.QUEUED, **fields):
    return Job("0123456789", Decompose("0123456789", Pixels(1, 4, 1, 1)), 1, state, **fields)


def test_a_job_runs_and_is_done():
    done = advance(advance(job(), Started()), Finished(2.5, 77))
    assert (done.state, done.attempt, done.seconds, done.size) == (State.DONE, 1, 2.5, 77)


def test_two_deaths_are_forgiven_and_the_third_is_not():
    current = job()
    for death in range(2):
        current = advance(advance(current, Started()), Died(FAILURE))
        assert (current.state, current.deaths, current.attempt) == (State.QUEUED, death + 1, death + 1)
    current = advance(advance(current, Started()), Died(FAILURE))
    assert (current.state, current.failure) == (State.FAILED, FAILURE)


def test_a_new_daemon_costs_no_retry():
    current = job()
    for _ in range(10):
        current = advance(advance(current, Started()), Restarted())
    assert (current.state, current.deaths) == (State.QUEUED, 0)


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING])
def test_what_has_not_ended_can_be_cancelled(state):
    assert advance(job(state), CancelledByUser()).state is State.CANCELLED


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
@pytest.mark.parametrize("state", [State.DONE, State.FAILED, State.CANCELLED])
def test_what_has_ended_never_moves_again(state, event):
    with pytest.raises(IllegalMove):
        advance(job(state), event)


@pytest.mark.parametrize("event", [Finished(1.0, 1), FailedForGood(FAILURE), Died(FAILURE), Restarted()])
def test_what_does_not_run_cannot_end_by_itself(event):
    with pytest.raises(IllegalMove):
        advance(job(), event)
