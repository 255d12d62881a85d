"Makes MyST pages for Sphinx of what nbdev has processed of the notebooks"
import ast
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from nbdev.config import get_config
from nbdev.serve import proc_nbs

import symbols

config = get_config()
root = config.config_path.resolve()
repository = f"{config.git_url}/blob/{config.branch}"
cell_tags = {"echo:false": "remove-input", "output:false": "remove-output",
             "include:false": "remove-cell", "code-fold:true": "hide-input",
             "classes:as-is": "as-is"}  # nbdev's option: MyST-NB's tag


@dataclass
class Page:
    "A notebook as a page of the site"
    name: str                  # Sphinx's name of the page: compiled/08_trainer
    address: str               # where nbdev's links to symbols lead: compiled/trainer.html
    title: str
    description: str
    metadata: dict = field(default_factory=dict)
    cells: list = field(default_factory=list)
    anchors: dict = field(default_factory=dict)  # address of a symbol: MyST's label for it

    def label(self):
        "The page in the sidebar: its title up to a colon, or all of it for a stage of the story"
        title = self.title.replace("`", "")
        return title if title.startswith("Stage") else title.partition(":")[0]


def process_notebooks():
    "Run nbdev's processors; returns the folder of the results and {name: Page}"
    symbols.symbol_index()  # before nbdev reads it, so that its own links are complete
    folder = proc_nbs(force=True, n_workers=0)
    pages = [convert(path, path.relative_to(folder)) for path in sorted(folder.glob("**/*.ipynb"))]
    addresses = {}
    for page in pages:
        if (other := addresses.setdefault(page.address, page.name)) != page.name:
            raise ValueError(f"{page.name} and {other} have one name in nbdev's links: rename one")
    return folder, {page.name: page for page in pages}


def convert(path, relative):
    "The page of a notebook that nbdev has processed"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    header = yaml.safe_load("".join(notebook["cells"][0]["source"]).strip().strip("-"))
    check_title_cell(config.nbs_path/relative)
    page = Page(relative.with_suffix("").as_posix(),
                relative.with_name(header["output-file"]).as_posix(),
                header["title"], header["description"], notebook["metadata"])
    page.metadata["myst"] = {"html_meta": {  # for search engines and previews of links
        "description": page.description, "property=og:title": page.title,
        "property=og:description": page.description}}
    opening = markdown_cell(f"# {page.title}\n\n{{.lead}}\n{page.description}", page)
    page.cells = [opening, *(convert_cell(cell, page) for cell in notebook["cells"][1:])]
    return page


def check_title_cell(path):
    "nbdev drops what else the first cell of a notebook holds: no text may be lost"
    first = "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"])
    if not re.fullmatch(r"# \S.*\n+> \S.*\n*", first):
        raise ValueError(f"{path.name}: the first cell must be '# Title', an empty line and "
                         f"'> one sentence', and nothing else: {first!r}")


def markdown_cell(source, page):
    """A Markdown cell; a link to a file outside nbs leads to the repository

    nbdev makes a link of each symbol, also within a link: the inner one, to the symbol, stays."""
    def link(match):
        image, text, target = match.groups()
        file = (config.nbs_path/page.name).parent.joinpath(target).resolve()
        if not file.exists():
            raise ValueError(f"{page.name}: a link to a file that is not there: {target}")
        if image or file.is_relative_to(config.nbs_path.resolve()):
            return match[0]
        return f"{text}({repository}/{file.relative_to(root).as_posix()}"

    source = re.sub(r"\[(\[`[^`]+`\]\([^)\s]+\))\]\([^)\s]+\)", r"\1", source)
    source = re.sub(r"(!?)(\[[^][]*\])\((\.\./[^)#\s]*)", link, source)
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def convert_cell(processed, page):
    "The MyST form of a cell that nbdev has processed"
    source = "".join(processed["source"])
    if processed["cell_type"] != "code":
        return markdown_cell(source, page)
    head = re.match(r"(#\|.*\n?)*", source)[0]
    source = source[len(head):]
    options = dict(re.findall(r"^#\| *([\w-]+): *(.*?) *$", head, re.M))
    if options.get("output") == "asis":
        texts = ["".join(output.get("text") or output["data"].get("text/markdown", ""))
                 for output in processed["outputs"] if output.get("name") != "stderr"]
        return markdown_cell("\n\n".join(convert_show_doc(text, page) for text in texts), page)
    return {"cell_type": "code", "metadata": cell_metadata(source, options, processed, page),
            "source": source, "outputs": [align_numbers(output) for output in processed["outputs"]],
            "execution_count": None}


def cell_metadata(source, options, processed, page):
    "The tags of a code cell and what MyST-NB has to know about it"
    tags = [cell_tags[option] for option in map(":".join, options.items()) if option in cell_tags]
    settings = {}
    if "code-summary" in options:
        settings["code_prompt_show"] = options["code-summary"].strip('"')
    if only_imports(source):
        tags.append("hide-input")
        settings["code_prompt_show"] = settings["code_prompt_hide"] = "Imports"
    if any(kind.startswith("image/") for output in processed["outputs"]
           for kind in output.get("data", {})):
        if "fig-alt" not in options:
            raise ValueError(f"{page.name}: a figure without '#| fig-alt: what it shows': {source}")
        settings["image"] = {"alt": options["fig-alt"]}
    return {"tags": sorted(set(tags)), "mystnb": settings}


def only_imports(source):
    "Whether a code cell holds imports and comments, and nothing else"
    try:
        statements = ast.parse(source).body
    except SyntaxError:  # a magic command
        return False
    return bool(statements) and all(isinstance(statement, ast.Import | ast.ImportFrom)
                                    for statement in statements)


def align_numbers(output):
    "An output whose HTML tables, such as data frames, have their numbers on the right"
    html = "".join(output.get("data", {}).get("text/html", ""))
    if "<table" not in html:
        return output
    html = re.sub(r"<td>(?=\s*[-+−]?\d[\d.,]*\s*%?\s*</td>)", '<td class="text-right">', html)
    return output | {"data": output["data"] | {"text/html": html}}


def convert_show_doc(source, page):
    "The Markdown of a `show_doc`: a heading to link to, how to call it, a table of parameters"
    pattern = r"\A---\n+(\[source\].*\n+)?(#+) (\S+)\n"
    if not (found := re.match(pattern, source)):
        return source
    link, level, name = found.groups()
    page.anchors[f"{page.address}#{name}".lower()] = f"{page.name}.{name}".lower()
    call, table = symbols.document(name, page.address)
    if call:
        signature = f"{{.signature}}\n```python\n{call}\n```"
        source = re.sub(r"```python\n.*?\n```", lambda _: signature, source, count=1, flags=re.S)
    else:  # of an exception
        source = re.sub(r"```python\n.*\(\s*\*args, \*\*kwargs\s*\):\n```", "", source)
    heading = f"({page.name}.{name})=\n{{.api}}\n{level} `{name}`\n\n{link or ''}"
    return f"{heading}{source[found.end():]}\n\n{table}"


def local_links(text, pages):
    "A text in which nbdev's addresses of symbols lead to places on this site"
    anchors = {address: f"#{label}" for page in pages.values()
               for address, label in page.anchors.items()}
    names = {page.address: f"/{page.name}.ipynb" for page in pages.values()}

    def link(match):
        address = match[1].lower()
        found = (anchors.get(address) or anchors.get(address.rpartition(".")[0])  # a method's class
                 or names.get(match[2]))
        if not found:
            raise ValueError(f"a link to {address}, which no notebook documents: run nbdev_export")
        return found

    host = re.escape(config.doc_host + config.doc_baseurl)
    return re.sub(host + r"/(([\w/-]+\.html)#[\w.]+)", link, text)


def write(pages, folder):
    "Write the pages as notebooks that Sphinx reads"
    for page in pages.values():
        cells = [cell | {"id": str(number)} for number, cell in enumerate(page.cells)]
        notebook = {"cells": cells, "metadata": page.metadata, "nbformat": 4, "nbformat_minor": 5}
        text = local_links(json.dumps(notebook), pages)
        Path(folder, f"{page.name}.ipynb").write_text(text, encoding="utf-8")
