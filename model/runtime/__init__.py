"""Runs exported networks: arrays in, arrays out. Knows nothing of pictures or layers.

onnx_runtime   a graph as ONNX Runtime computes it: the reference, wherever it installs
mnn            the same graph in MNN, whose Winograd convolutions take two thirds of the time
conversion     from an ONNX file to one of MNN, checked against ONNX Runtime and kept for the next start
session        which of the two runs a graph
"""
