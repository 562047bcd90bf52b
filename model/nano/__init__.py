"""The embedded engine: a small network and its coarse-to-fine inference. Torch only in `network` and `export`.

layout          the order of channels, for training and inference alike
session         the graph, run by ONNX Runtime        passes, tiles    the whole picture once, then native tiles
projection      free numbers to a layer of one type   refit            one opacity, one colour for a mark
network, export the network for training; the graph in the package
"""
