"""The networks as torch modules, for training, and the graphs that are written of them. Torch here alone in this room.

unet            the residual U-Net that says what lies over a picture
backbone        what a network trained on photographs sees
letters         what a network trained to find lettering sees
export          from the trained network to a graph of the package, and back
eight_bits      which weights are stored in eight bits
graph           writes an ONNX graph node by node         published       its parts with weights of others
"""

from .unet import Estimates, NanoNetwork, NanoParams, Raw, Seen

__all__ = ["Estimates", "NanoNetwork", "NanoParams", "Raw", "Seen"]
