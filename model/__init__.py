"""Pixels in, layers out: numpy at the edges, an engine inside. Knows nothing of files, sockets or hosts."""
