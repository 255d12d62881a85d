"The site of the notebooks, made by `make site`: Sphinx reads what nbdev makes of each one"
import json
import re
from base64 import b64encode
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from string import Template
from textwrap import fill
from types import UnionType
from typing import get_args

import yaml
from fastcore.docments import DocmentTbl
from nbdev.config import get_config
from nbdev.serve import proc_nbs

from mnist8k.models import count_parameters, layer_table
from mnist8k.recipes import Recipe
from mnist8k.records import Challenge, load_weights, summarise
from mnist8k.sweeps import load_recorded

config = get_config()
index = import_module(f"{config.lib_path.name}._modidx").d["syms"]
blob = f"{config.git_url}/blob/{config.branch}"

project = html_title = config.title
author, release, copyright = config.author, config.version, config.copyright
extensions = ["myst_nb", "sphinx.ext.mathjax", "sphinx.ext.githubpages", "sphinx_copybutton"]
exclude_patterns = ["_*", ".*", "**/.*"]
html_theme, pygments_style, pygments_dark_style = "furo", "friendly", "github-dark"
mathjax = Path(find_spec("sphinx-mathjax-offline").origin).parent/"static/mathjax/tex-svg-full.js"
html_static_path, html_css_files = ["_static", str(mathjax)], ["site.css"]
mathjax_path = mathjax.name  # in _static, so that math needs no network
html_sourcelink_suffix = ""  # "view source" gives the notebook itself
html_show_sphinx = smartquotes = False
nb_execution_mode, nb_merge_streams, nb_render_markdown_format = "off", True, "myst"
nb_code_prompt_show, nb_code_prompt_hide = "Show the code", "Hide the code"
myst_enable_extensions = ["alert", "amsmath", "attrs_block", "attrs_inline", "dollarmath",
                          "html_image", "strikethrough", "tasklist"]
myst_heading_anchors = 4
suppress_warnings = ["myst.header", "myst.strikethrough"]  # show_doc's ### may follow a #

groups = {"0": "Library", "1": "Experiments", "2": "Measurements"}  # by a notebook's first digit
tags = {"echo:false": "remove-input", "output:false": "remove-output",
        "include:false": "remove-cell", "code-fold:true": "hide-input",
        "classes:as-is": "as-is"}
pages = {}  # docname: processed notebook
weights = config.lib_path/"weights/Model_9.safetensors"
network, recipe = load_weights(weights)  # what runs in the page draw.md
links = {}  # nbdev's address of a symbol, data.html#digits: its place on this site


def markdown(source):
    "A markdown cell; links out of the folder of the notebooks lead to the repository"
    source = re.sub(r"(?<!!)(\[[^][]*\])\(\.\./", rf"\1({blob}/", source)
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def parameters(page, name):
    "The table of the parameters of the symbol `name` that is documented on `page`"
    for module, symbols in index.items():
        if (f"{module}.{name}") in symbols and symbols[f"{module}.{name}"][0].startswith(page):
            symbol = import_module(module)
            for part in name.split("."):
                symbol = getattr(symbol, part)
            if not callable(symbol):
                return ""
            table = re.sub(r"^\| (\w+) \|", r"| `\1` |", str(DocmentTbl(symbol)), flags=re.M)
            takes = symbol.__init__ if isinstance(symbol, type) else symbol
            for option, kind in getattr(takes, "__annotations__", {}).items():
                if isinstance(kind, UnionType):  # its bars would start cells of their own
                    bars = len(get_args(kind)) - 1
                    table = re.sub(rf"^(\| `{option}` \| )((?:[^|]+\| ){{{bars}}})",
                                   lambda row: row[1] + row[2].replace("|", "or"), table,
                                   flags=re.M)
            made = getattr(symbol, "__signature__", None)  # options made from a recipe's fields
            for option in made.parameters.values() if made else ():
                if text := getattr(option.annotation, "help", ""):
                    table = re.sub(rf"^(\| `{option.name}` \|.*\|) *\|$", rf"\1 {text} |", table,
                                   flags=re.M)
            return table
    return ""


def signature(match):
    "A signature without its comments, which the table holds, filled to the width of the page"
    line = re.sub(r"\s*\n\s*", " ", re.sub(r" *# .*", "", match[1])).replace("__main__.", "")
    start, inside, end = re.match(r"(.*?\() ?(.*?),? ?(\)[^)]*)\Z", line).groups()
    if len(line) > 80:
        indent = " " * 4
        inside = f"\n{fill(inside, 80, initial_indent=indent, subsequent_indent=indent)}\n"
    return f"```python\n{start}{inside}{end}\n```"


def api(source, doc, page):
    "The markdown of a `show_doc` on `page`: its heading a place to link to, its parameters a table"
    def heading(match):
        links[f"{page}#{match[3]}".lower()] = f"#{doc}.{match[3]}".lower()
        return f"({doc}.{match[3]})=\n{{.api}}\n{match[2]} `{match[3]}`\n\n{match[1] or ''}"

    pattern = r"\A---\n+(\[source\].*\n+)?(#+) (\S+)\n"
    if not (found := re.match(pattern, source)):
        return source
    table = parameters(page, found[3])
    if table or " # " not in source:
        source = re.sub(r"```python\n(.*?)\n```", signature, source, count=1, flags=re.S)
    return re.sub(pattern, heading, source) + "\n\n" + table


def cell(processed, doc, page):
    "The MyST form of a cell that nbdev has processed"
    source = "".join(processed["source"])
    if processed["cell_type"] != "code":
        return markdown(source)
    head = re.match(r"(#\|.*\n?)*", source)[0]
    options = dict(re.findall(r"^#\| *([\w-]+): *(.*?) *$", head, re.M))
    if options.get("output") == "asis":
        texts = ["".join(output.get("text") or output["data"].get("text/markdown", ""))
                 for output in processed["outputs"] if output.get("name") != "stderr"]
        return markdown("\n\n".join(api(text, doc, page) for text in texts))
    wanted = map(":".join, options.items())
    metadata = {"tags": [tags[option] for option in wanted if option in tags]}
    metadata["mystnb"] = {}
    if "code-summary" in options:
        metadata["mystnb"]["code_prompt_show"] = options["code-summary"].strip('"')
    if any(kind.startswith("image/") for output in processed["outputs"]
           for kind in output.get("data", {})):
        if "fig-alt" not in options:
            raise ValueError(f"{doc}: a figure without '#| fig-alt: what it shows': {source}")
        metadata["mystnb"]["image"] = {"alt": options["fig-alt"]}
    return {"cell_type": "code", "metadata": metadata, "source": source[len(head):],
            "outputs": processed["outputs"], "execution_count": None}


def drawing():
    "The network as a picture: a block for each convolution and pooling, as high as its maps"
    rows = [("", (1, 28, 28))] + [(row.layer, row.output_shape) for row in layer_table(network)
                                  if row.layer.endswith(("Conv2d", "Pool2d"))]
    blocks, x = [], 0
    for layer, (channels, size, _) in rows:
        width, height = 6 + channels, 4 + 3*size
        blocks.append(
            f'<rect class="{layer.lower()[:-2]}" x="{x}" y="{60 - height/2}" width="{width}" '
            f'height="{height}" rx="2"/><text x="{x + width/2}" y="116">{channels}</text>'
            f'<text x="{x + width/2}" y="127">{size}²</text>')
        x += width + 14
    return (f'<svg class="network" viewBox="-4 0 {x} 132" role="img" aria-label="{len(rows) - 1} '
            f'layers, from a picture of 28 by 28 pixels to ten numbers">{"".join(blocks)}</svg>'
            '<p class="caption">The network: a block is as high as its maps and as wide as it has '
            'channels; below, the number of channels and the size of a map.</p>')


def front_page():
    "The top of the front page: results from the records, the network, a place to draw"
    runs, challenge = load_recorded(Recipe(), 10, config.nbs_path/"runs/model_9.jsonl"), Challenge()
    results = summarise(runs)
    public = [row for row in json.loads((config.nbs_path/"runs/public.json").read_text())
              if 5_000 < row["parameters"] < challenge.max_params]
    field = ", ".join(f"{row['accuracy']:.2f} % with {row['parameters']:,} parameters "
                      f"({row['protocol']})" for row in public)
    return Template((config.nbs_path/"_front.html").read_text()).substitute(
        mean=f"{results.mean:.2f}", low=f"{results.min:.2f}", seeds=len(runs),
        parameters=f"{runs[0].params:,}", most=f"{challenge.max_params:,}",
        epochs=len(runs[0].epochs), longest=challenge.max_epochs, accuracy=challenge.accuracy,
        share=f"{sum(challenge.judge([run]).met for run in runs)} of {len(runs)}",
        field=f"The best that others report below {challenge.max_params:,} parameters: {field}. "
              "None gives a mean over seeds.", network=drawing())


def contents():
    "The sidebar: the page to draw on, then the notebooks in three groups"
    trees = ["```{toctree}\n:hidden:\n\ndraw\n```"]
    for digit, caption in groups.items():
        entries = [f"{doc.split('_')[0]} · {notebook['metadata']['title']} <{doc}>"
                   for doc, notebook in pages.items() if doc.startswith(digit)]
        if entries:
            trees.append("\n".join(["```{toctree}", ":hidden:", f":caption: {caption}", "",
                                    *entries, "```"]))
    return markdown("\n\n".join(trees))


def read(app, doc, source):
    "Give Sphinx the processed notebook, with nbdev's links to symbols kept within the site"
    def link(match):
        return links.get(match[1]) or links.get(match[1].rpartition(".")[0]) or links[match[2]]

    if doc == "draw":
        source[0] = source[0].replace("PARAMETERS", f"{count_parameters(network):,}")
    if doc in pages:
        host = re.escape(config.doc_host + config.doc_baseurl)
        source[0] = re.sub(host + r"/(([\w/-]+\.html)#[\w.]+)", link, json.dumps(pages[doc]))


def package(app):
    "Write the packaged network as a script: its layers in order and the file of its weights"
    settings = "kernel_size", "padding", "eps"
    layers = [{name: getattr(layer, name) for name in settings if hasattr(layer, name)}
              | {"kind": type(layer).__name__} for layer in network.layers]
    content = {"layers": layers, "safetensors": b64encode(weights.read_bytes()).decode()}
    path = Path(app.outdir)/"_static/weights.js"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"const mnist8kPackage = {json.dumps(content)};\n")


def setup(app):
    "Process all notebooks, then hand them to Sphinx when it reads their pages"
    processed = proc_nbs(force=True)
    for path in sorted(processed.glob("**/*.ipynb")):
        notebook, path = json.loads(path.read_text()), path.relative_to(processed)
        front = yaml.safe_load("".join(notebook["cells"][0]["source"]).strip().strip("-"))
        doc, page = path.with_suffix("").as_posix(), path.with_name(front["output-file"]).as_posix()
        links[page], notebook["metadata"]["title"] = f"/{path.as_posix()}", front["title"]
        opening = f"# {front['title']}\n\n{{.lead}}\n{front['description']}"
        notebook["cells"][:1] = [markdown(opening)]
        notebook["metadata"]["myst"] = {"html_meta": {  # for search engines and previews of links
            "description": front["description"], "property=og:title": front["title"],
            "property=og:description": front["description"]}}
        notebook["cells"] = [cell(part, doc, page) for part in notebook["cells"]]
        pages[doc] = notebook
    pages["index"]["cells"].insert(1, markdown(f"```{{raw}} html\n{front_page()}\n```"))
    pages["index"]["metadata"]["hide-toc"] = True
    pages["index"]["cells"].append(contents())
    for notebook in pages.values():
        notebook["cells"] = [part | {"id": str(i)} for i, part in enumerate(notebook["cells"])]
    app.connect("source-read", read)
    app.connect("builder-inited", package)
    app.connect("env-get-outdated", lambda *_: ["draw", *pages])  # settings, modules matter too
