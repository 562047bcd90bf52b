"""The embedded engine: three small networks, for marks, veils and weather, and the arithmetic after them.

layout           channel order of the networks' inputs and outputs
network          runs an exported graph with ONNX Runtime
passes, tiles    the global prediction at low resolution, then refinement in native-size tiles
projection       the nearest layer of one blend type
detect           runs the three networks and chooses the one whose foreground is present
calibration      probabilities from the networks' outputs (belief.json)
policy           which kinds are removed without being asked for (policy.json)
edge_likelihood  what the step across a mark's edge says of its blend type
components       rejects connected components that the fitted ink does not explain
candidates       plausible blend types, then latent samples
closed_form      closed-form solution of a mark: tiling, fit, inpaint_opaque
tiling           a tiled mark: shifts finds its repeats, instances fits one mark through all of them
fit              one opacity and one colour for a mark
inpaint_opaque   background where a mark is opaque
resample         an estimate on the grid of a crop
progress         the small background that progress shows
net              the networks as torch modules, for training; marks.onnx, veils.onnx, weather.onnx are written of them
"""
