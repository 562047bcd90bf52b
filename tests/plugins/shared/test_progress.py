"""The bar of a job never goes back, whatever order the stages report in."""

from hypothesis import given
from hypothesis import strategies as st

from bridge.wire import labels
from plugins.shared.progress import _SHARES, OverallProgress

reports = st.tuples(st.sampled_from([*labels.STAGES, "polish"]), st.none() | st.floats(0, 1))


@given(st.lists(reports, max_size=30))
def test_it_never_goes_back_and_stays_between_nothing_and_all(said):
    progress, last = OverallProgress(), 0.0
    for stage, share in said:
        done = progress.update(stage, share)
        if done is None:
            assert last == 0
        else:
            assert last <= done <= 1
            last = done


def test_it_knows_nothing_before_the_first_stage_has_moved_on():
    progress = OverallProgress()
    assert progress.update("connect", None) is None
    assert progress.update("upload", None) is not None


def test_every_stage_of_a_job_has_its_share():
    assert set(_SHARES) == set(labels.STAGES) - {"", "export"}
    assert abs(sum(_SHARES.values()) - 1) < 1e-9


def test_a_job_that_only_fetches_begins_at_nothing_and_ends_at_all():
    progress = OverallProgress()
    assert progress.update("fetch", None) is None
    progress.update("fetch", 1.0)
    assert progress.update("insert", 1.0) == 1.0
