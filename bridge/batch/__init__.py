"""Many pictures in one call: every core busy, memory bounded, an interrupted night goes on where it stopped.

    journal       what happened to each picture, one JSON line an event, beside the results
    pool          processes that each do one thing at a time; a crash costs one picture, and is known to be its
    cluster       the same on a Ray cluster
    storage       pictures and results on object stores
    memory        how many pictures fit into memory at once
    run           the batch itself: what is left to do, what became of it, Ctrl-C
    progress      done, failed, left, pictures a minute, time left

Knows nothing of pixels: what is done with one picture is a function that it is given.
"""
