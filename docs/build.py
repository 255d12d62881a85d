"""Builds the site from the notebooks: python docs/build.py [folder, by default _docs]

nbdev processes the notebooks into _proc, notebook_pages makes each one a MyST page there, and
Sphinx turns that folder into HTML. A warning is an error."""
import os
import sys
import warnings
from pathlib import Path
from shutil import copy

from sphinx.cmd.build import main as sphinx_build

here = Path(__file__).resolve().parent
os.chdir(here.parent)  # where nbdev finds settings.ini

import draw_page
import front_page
import notebook_pages
import sidebar


def main(folder):
    "Build the site in `folder`/html; returns Sphinx's exit status"
    warnings.filterwarnings("ignore", "Unknown section")  # in a docstring inherited from PyTorch
    source, pages = notebook_pages.process_notebooks()
    front_page.insert(pages["index"])
    sidebar.insert(pages)
    notebook_pages.write(pages, source)
    draw_page.write(here/"draw.md", source/"draw.md")
    status = sphinx_build(["-M", "html", str(source), folder, "-c", str(here),
                           "-q", "-W", "--keep-going"])
    if status == 0:
        html = Path(folder)/"html"
        draw_page.write_weights(html/"_static/weights.js")
        for name in pages:  # "view this page" opens the notebook itself
            copy(f"nbs/{name}.ipynb", html/f"_sources/{name}.ipynb")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "_docs"))
