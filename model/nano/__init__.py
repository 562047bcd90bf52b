"""The embedded engine: two small networks, for marks and for veils. Torch only in `network`.

layout          the order of channels, for training and inference alike
session         the graph, run by ONNX Runtime        passes, tiles    the whole picture once, then native tiles
projection      free numbers to a layer of one type   refit            one opacity, one colour for a mark
tiled           a mark that repeats itself: repeats finds the shifts, pooling fits one mark through all of them
hidden          what a mark hides altogether, painted from around
regrid          an estimate on the grid of a view
edges           what a mark's edge says of its blend type
pieces          which pieces of a mark its edge bears out
eyes            three networks look, and one is believed
answers         which blend types, and what else it could be
closed_form     what arithmetic makes of a mark: tiled, refit, hidden
belief          how sure the first looks are, calibrated (belief.json)
policy          which kinds are taken off unasked (policy.json)
glimpse         the background so far, small: what progress shows
network         the networks for training; the graphs written of them are marks.onnx, veils.onnx, weather.onnx
"""
