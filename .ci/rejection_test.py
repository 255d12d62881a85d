"""The score for what is no digit, in the browser and in Python: python .ci/rejection_test.py

One line a check; the exit status says whether all of them hold. CHROMIUM names the browser."""
import os
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from playwright.sync_api import sync_playwright

from mnist8k.data import load_digits
from mnist8k.non_digits import (FITTING_PATTERNS, FITTING_SCRIBBLES, draw_pairs, draw_patterns,
                                draw_scribbles)
from mnist8k.rejection import describe_images, load_rejection, network_outputs

root = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(root/"docs"))
from draw_page import network, write_weights  # noqa: E402

torch.set_num_threads(1)
SCORES = """([images, rows]) => {
  const weights = mnist8k.readWeights(mnist8kPackage);
  return images.map((image) => [mnist8kRejection.facts(image),
    mnist8kRejection.score(image, mnist8k.forward(weights, image), weights.layers, rows)]);
}"""


def images_to_compare():
    "Digits, patterns, scribbles and pairs of digits"
    digits, rng = load_digits("digits").test_images, np.random.default_rng(0)
    return torch.cat([digits[:60], draw_patterns(FITTING_PATTERNS, 45, rng),
                      draw_scribbles(FITTING_SCRIBBLES, 20, rng), draw_pairs(digits, 20, rng)])


def in_browser(images, rows):
    "Facts and scores as the browser computes them"
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        write_weights(Path(folder)/"weights.js")
        for script in (root/"docs/static/network.js", root/"docs/static/rejection.js",
                       Path(folder)/"weights.js"):
            page.add_script_tag(path=script)
        found = page.evaluate(SCORES, [images.flatten(1).tolist(), rows])
        browser.close()
    return (np.array(part) for part in zip(*found))


def main():
    "Compare, print one line a check, and say how many failed"
    images, rejection = images_to_compare(), load_rejection(network)
    facts, scores = in_browser(images, [list(row) for row in rejection.weights])
    expected = rejection.score(images, *network_outputs(network, images))
    gaps = {"facts as in Python": np.abs(facts - describe_images(images)).max(),
            "scores as in Python": np.abs(scores - expected).max()}
    for name, gap in gaps.items():
        print(f"{'ok    ' if gap < 1e-3 else 'FAILED'} {name}: {len(images)} images, largest "
              f"difference {gap:.1e}")
    return sum(gap >= 1e-3 for gap in gaps.values())


if __name__ == "__main__":
    sys.exit(main() > 0)
