"Sphinx's settings for the site, which docs/build.py builds"
from importlib.util import find_spec
from pathlib import Path

from nbdev.config import get_config

config = get_config()
mathjax = Path(find_spec("sphinx-mathjax-offline").origin).parent/"static/mathjax/tex-svg-full.js"

project = html_title = config.title
author, release, copyright = config.author, config.version, config.copyright
extensions = ["myst_nb", "sphinx.ext.mathjax", "sphinx.ext.githubpages", "sphinx_copybutton"]
exclude_patterns = ["_*", ".*", "**/.*"]
suppress_warnings = ["myst.header", "myst.strikethrough"]  # show_doc's ### may follow a #

html_theme, pygments_style, pygments_dark_style = "furo", "friendly", "github-dark"
html_static_path, html_css_files = ["static", str(mathjax)], ["site.css"]
html_sourcelink_suffix = ""  # "view this page" opens the notebook itself
html_show_sphinx = smartquotes = False
mathjax_path = mathjax.name  # among the static files, so that formulas need no network

nb_execution_mode, nb_merge_streams, nb_render_markdown_format = "off", True, "myst"
nb_code_prompt_show, nb_code_prompt_hide = "Show the code", "Hide the code"
myst_enable_extensions = ["alert", "amsmath", "attrs_block", "attrs_inline", "dollarmath",
                          "html_image", "strikethrough", "tasklist"]
myst_heading_anchors = 4
