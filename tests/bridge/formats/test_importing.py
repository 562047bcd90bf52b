"""What importing costs: numpy, and nothing heavy until a format needs it."""

import subprocess
import sys

HEAVY = ["PIL", "psd_tools", "imagecodecs", "isal", "cv2", "numba", "defusedxml", "pillow_heif", "torch", "onnxruntime"]


def test_importing_formats_loads_no_heavy_library():
    program = f"import sys, bridge.formats; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_writing_a_psd_needs_no_reader_of_psds():
    program = """
import sys, io, numpy as np
from bridge.formats import LayeredDocument, encode_psd, read_layers
small = np.zeros((4, 4, 3), np.uint8)
file = io.BytesIO()
encode_psd(LayeredDocument((4, 4), (), small), file)
read_layers(file.getvalue())
print("psd_tools" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False"
