"""The networks as torch modules, for training, and the graphs that are written of them. Torch here alone in this room.

unet            the residual U-Net that says what lies over a picture
backbone        what a network trained on photographs sees
text_detector   features of a published network that finds lettering
export          from the trained network to a graph of the package, and back
quantise        which weights are stored in eight bits
graph           writes an ONNX graph node by node         pretrained      its parts with weights of others
"""

from .unet import Encoded, Estimates, NanoNetwork, NanoParams, Raw

__all__ = ["Encoded", "Estimates", "NanoNetwork", "NanoParams", "Raw"]
