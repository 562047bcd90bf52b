"""What is said of how far a batch is."""

from __future__ import annotations

import io

from bridge.batch.progress import BatchProgress, Counts


def test_a_line_says_what_is_done_left_and_how_long_it_takes():
    counts = Counts(total=200, done=30, failed=2, skipped=8, seconds=120)
    assert counts.as_line() == (
        "30 done, 2 failed, 8 were done before, 160 left, 16.0 pictures a minute, about 10 min to go"
    )
    assert Counts(3, 3, 0, 0, 30.0).as_line() == "3 done, 0 left, 6.0 pictures a minute"
    assert Counts(3, 0, 0, 0, 0.0).as_line() == "0 done, 3 left"


def test_plain_lines_come_twice_a_minute_where_there_is_no_terminal():
    now, stream = [0.0], io.StringIO()
    with BatchProgress(10, stream, clock=lambda: now[0]) as progress:
        for second in (10.0, 31.0, 40.0, 62.0):
            now[0] = second
            progress.add(done=1)
    lines = stream.getvalue().splitlines()
    assert [line.split(",")[0] for line in lines] == ["diffdecompose: 2 done", "diffdecompose: 4 done"]
