"The page to draw on: its text, and the packaged network as a script for the browser"
import json
from base64 import b64encode
from string import Template

from nbdev.config import get_config

from mnist8k.models import count_parameters
from mnist8k.numbers import SCORE_NETWORK, SCORE_WEIGHTS
from mnist8k.records import load_weights
from mnist8k.rejection import load_rejection

weights = get_config().lib_path/f"weights/{SCORE_NETWORK}.safetensors"
network = load_weights(weights)[0]


def write(template, path):
    "Write the page from its template, which leaves out the number of parameters"
    page = Template(template.read_text(encoding="utf-8"))
    path.write_text(page.substitute(parameters=f"{count_parameters(network):,}"), encoding="utf-8")


def write_weights(path):
    "Write the packaged network as a script: its layers, its weights file, and what scores need"
    settings = "kernel_size", "padding", "groups", "eps"
    layers = [{name: getattr(layer, name) for name in settings if hasattr(layer, name)}
              | {"kind": type(layer).__name__} for layer in network.layers]
    content = {"layers": layers, "safetensors": b64encode(weights.read_bytes()).decode(),
               "scoreWeights": SCORE_WEIGHTS, "rejection": load_rejection(network).weights}
    path.write_text(f"const mnist8kPackage = {json.dumps(content)};\n")
