"README.md from nbs/index.ipynb: runs the notebook, drops hidden cells and code, mends the paths"
import os
import re
from pathlib import Path

import nbformat
from execnb.nbio import write_nb
from execnb.shell import CaptureShell
from fastcore.xtras import working_directory
from nbconvert import MarkdownExporter
from nbdev.clean import clean_nb
from nbdev.config import get_config
from nbdev.process import NBProcessor

os.chdir(Path(__file__).resolve().parent.parent)
os.environ["IN_TEST"] = "1"  # as nbdev_test has it: nothing is exported
index = Path("nbs/index.ipynb").resolve()
skipped = {*get_config().tst_flags.split(), "eval:"}
notebook = NBProcessor(index, rm_directives=False).nb
with working_directory(index.parent):
    CaptureShell(index).run_all(notebook, exc_stop=True, preproc=lambda cell: (
        cell.cell_type != "code" or "nbdev_export(" in cell.source or skipped & {*cell.directives_}))
clean_nb(notebook)
write_nb(notebook, index)

page = nbformat.read(index, as_version=4)
page.metadata.language_info = {"name": "python"}  # for the fences of code cells
page.cells = [cell for cell in page.cells if not re.match(r"(#\|.*\n)*#\| *hide", cell.source)]
for cell in page.cells:
    if cell.cell_type == "code":
        if re.match(r"(#\|.*\n)*#\| *echo: *false", cell.source):
            cell.metadata.transient = {"remove_source": True}
        cell.source = re.sub(r"^#\|.*\n?", "", cell.source, flags=re.M)
text, resources = MarkdownExporter().from_notebook_node(page)
text = re.sub(r'(\]\(|src=")\.\./', r"\1", text)
text = re.sub(r"\]\(([\w/-]+\.ipynb)", r"](nbs/\1", text)
text = re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
links = re.findall(r"\]\((?!https?:)([^)#]+)", re.sub(r"```.*?```", "", text, flags=re.S))
assert not (gone := [link for link in links if not Path(link).exists()]), f"no such file: {gone}"
assert not resources.get("outputs"), "index.ipynb shows a figure: save it in Images/ and link to it"
Path("README.md").write_text(text, encoding="utf-8")
