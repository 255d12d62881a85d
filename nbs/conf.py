"The site of the notebooks, made by `make site`: Sphinx reads what nbdev makes of each one"
import json
import re
from base64 import b64encode
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from textwrap import fill

import yaml
from fastcore.docments import DocmentTbl
from nbdev.config import get_config
from nbdev.serve import proc_nbs

from mnist8k.models import count_parameters
from mnist8k.records import load_weights

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
        "include:false": "remove-cell", "code-fold:true": "hide-input"}
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
            table = str(DocmentTbl(symbol)) if callable(symbol) else ""
            return re.sub(r"^\| (\w+) \|", r"| `\1` |", table, flags=re.M)
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
                 for output in processed["outputs"]]
        return markdown("\n\n".join(api(text, doc, page) for text in texts))
    wanted = map(":".join, options.items())
    metadata = {"tags": [tags[option] for option in wanted if option in tags]}
    if "code-summary" in options:
        metadata["mystnb"] = {"code_prompt_show": options["code-summary"].strip('"')}
    return {"cell_type": "code", "metadata": metadata, "source": source[len(head):],
            "outputs": processed["outputs"], "execution_count": None}


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
        opening = f"# {front['title']}\n\n{{.lead}}\n{front.get('description', '')}"
        notebook["cells"][:1] = [markdown(opening)]
        notebook["cells"] = [cell(part, doc, page) for part in notebook["cells"]]
        pages[doc] = notebook
    pages["index"]["cells"].insert(1, markdown("**[Draw a digit](draw.md)** and see it read."))
    pages["index"]["cells"].append(contents())
    for notebook in pages.values():
        notebook["cells"] = [part | {"id": str(i)} for i, part in enumerate(notebook["cells"])]
    app.connect("source-read", read)
    app.connect("builder-inited", package)
    app.connect("env-get-outdated", lambda *_: ["draw", *pages])  # settings, modules matter too
