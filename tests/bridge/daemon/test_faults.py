"""A short fault run; benchmarks/faults.py does the long one."""

from benchmarks.faults import fault_run


def test_a_short_fault_run_loses_duplicates_and_spoils_nothing(tmp_path):
    run = fault_run(jobs=24, clients=4, kills=5, seed=7, folder=tmp_path / "home")
    assert run.problems == []
    assert run.ends["done"] + run.ends["cancelled"] == 24
    assert sum(run.kills.values()) == 5
