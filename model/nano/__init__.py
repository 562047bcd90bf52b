"""The embedded engine: three small networks, for marks, veils and weather, and the arithmetic after them.

config           every threshold, with unit and measurement; the calibration data (calibration.json)
layout           channel order of the networks' inputs and outputs
network          an exported network and its outputs: marks.onnx, veils.onnx, weather.onnx
passes           the global prediction at low resolution, then refinement in native-size tiles
detect           runs the networks and chooses the one whose kind of foreground is present
candidates       plausible blend types, then latent samples
edge_likelihood  likelihood of the step across a mark's outline, under each blend type; whether the ground shows through
components       rejects connected components that the fitted ink does not explain
fit              closed-form solution of a mark, and inpainting where it is opaque
tiling           finds the repeats of a tiled mark and fits one mark through all of them
judge            the probability that a whole answer is right, before it is given
progress         the small background that progress shows
net              the networks as torch modules, for training only

MODEL_CARD.md has data, licences, numbers and known failures; EXPERIMENTS.md what was tried and what it gave.
"""
