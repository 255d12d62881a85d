"The top of the front page: results from the records, a drawing of the network, a place to draw"
import json
from pathlib import Path
from string import Template

from nbdev.config import get_config

from mnist8k.models import layer_table
from mnist8k.recipes import Recipe
from mnist8k.records import Challenge, load_pretrained, summarise
from mnist8k.sweeps import load_recorded

records = get_config().nbs_path/"runs"


def facts():
    "What front.html says in numbers, from the ten recorded runs of the packaged network's recipe"
    runs, challenge = load_recorded(Recipe(), 50, records/"model_9.jsonl"), Challenge()
    results = summarise(runs)
    return {"mean": f"{results.mean:.2f}", "std": f"{results.std:.3f}",
            "lowest": f"{results.min:.2f}", "seeds": len(runs),
            "parameters": f"{runs[0].params:,}", "max_parameters": f"{challenge.max_params:,}",
            "epochs": len(runs[0].epochs), "max_epochs": challenge.max_epochs,
            "target": challenge.accuracy, "last": challenge.last,
            "met": sum(challenge.judge([run]).met for run in runs)}


def published():
    "The best results that others published with about as many parameters"
    rows = [row for row in json.loads((records/"public.json").read_text(encoding="utf-8"))
            if 5_000 < row["parameters"] < Challenge().max_params]
    return ", ".join(f"{row['accuracy']:.2f}&#8239;% with {row['parameters']:,} parameters "
                     f"({row['protocol']})" for row in rows)


def network_drawing():
    "An SVG with a block for each convolution and pooling layer, as high as its feature maps"
    network = load_pretrained()
    layers = [("", (1, 28, 28))] + [(row.layer, row.output_shape) for row in layer_table(network)
                                    if row.layer.endswith(("Conv2d", "Pool2d"))]
    blocks, x = [], 0
    for layer, (channels, size, _) in layers:
        width, height = 6 + channels, 4 + 3*size
        blocks.append(
            f'<rect class="{layer.lower().removesuffix("2d")}" x="{x}" y="{60 - height/2}" width="{width}" '
            f'height="{height}" rx="2"/><text x="{x + width/2}" y="116">{channels}</text>'
            f'<text x="{x + width/2}" y="127">{size}²</text>')
        x += width + 14
    return (f'<svg class="network" viewBox="-4 0 {x} 132" role="img" aria-label="The network: '
            f'{len(layers) - 1} layers, from an image of 28 by 28 pixels to ten numbers">'
            f'{"".join(blocks)}</svg>')


def insert(page):
    "Put the top of the front page below its title"
    template = Template(Path(__file__).with_name("front.html").read_text(encoding="utf-8"))
    html = template.substitute(facts(), published=published(), network=network_drawing())
    page.cells.insert(1, {"cell_type": "markdown", "metadata": {},
                          "source": f"```{{raw}} html\n{html}\n```"})
    page.metadata["hide-toc"] = True
