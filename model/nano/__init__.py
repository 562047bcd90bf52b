"""The embedded engine: a small network and its coarse-to-fine inference. Torch only in `network` and `export`."""
