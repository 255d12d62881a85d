"What has to hold on every page of the built site; each check returns {its name: problems found}"
import re
from pathlib import Path
from urllib.parse import unquote, urldefrag

NOTEBOOKS = Path(__file__).resolve().parent.parent/"nbs"
GROUPS = ["The story", "Beyond", "Library", "Compiled training", "Export", "Measurements"]
# What the front page must link to, by file and the anchor of a function
DESTINATIONS = ["10_structure_skeleton.html", "02_training.html#training-fit",
                "05_inference.html", "compiled/00_compiled.html", "draw.html"]
SIDEBAR = """() => [...document.querySelectorAll(".sidebar-tree .caption, .sidebar-tree li")].map(
  (entry) => entry.classList.contains("caption") ? entry.textContent.trim()
    : {file: entry.querySelector("a").href, level: entry.classList.contains("toctree-l2") ? 2 : 1,
       visible: entry.getBoundingClientRect().height > 0})"""
TOO_WIDE = "() => document.documentElement.scrollWidth > innerWidth"
# Code cells of nothing but imports that are not folded
OPEN_IMPORTS = r"""() => [...document.querySelectorAll(".cell_input pre")].filter((pre) => {
  const lines = pre.textContent.replace(/\([^)]*\)/g, "").trim().split("\n");
  return !pre.closest("details") && lines.every((line) => /^(import|from) /.test(line));
}).map((pre) => pre.textContent.split("\n")[0])"""
# Table columns on the wrong side: numbers belong on the right, words on the left
MISALIGNED = r"""() => [...document.querySelectorAll("article table")].flatMap((table) => {
  const rows = [...table.tBodies[0].rows], columns = [...rows[0].cells].map((_, column) =>
    rows.map((row) => row.cells[column]).filter((cell) => cell?.textContent.trim()));
  return columns.filter((cells) => {
    if (!cells.length) return false;
    const texts = cells.map((cell) => cell.textContent.trim());
    const right = getComputedStyle(cells[0]).textAlign === "right";
    const numbers = texts.every((text) => /^[-−+]?[\d,]+(\.\d+)?\s?%?$/.test(text));
    const words = texts.every((text) => /^[a-z]{3}/i.test(text));
    return words && right || numbers && !right && !table.classList.contains("parameters");
  }).map((cells) => cells[0].textContent);
})"""
LINKS = """() => [...document.querySelectorAll("a[href]")].map((link) => link.href)
  .filter((link) => link.startsWith("file:"))"""
IDS = "() => [...document.querySelectorAll('[id]')].map(({id}) => id)"


def check_sidebar(page, site, messages):
    "The page to draw on, then the groups in their order; every page, side rooms below front rooms"
    page.set_viewport_size({"width": 1200, "height": 900})
    page.goto(f"{site.as_uri()}/index.html")
    entries = page.evaluate(SIDEBAR)
    captions = [entry for entry in entries if isinstance(entry, str)]
    rooms = [entry for entry in entries if isinstance(entry, dict)]
    files = [entry["file"].removeprefix(f"{site.as_uri()}/") for entry in rooms]
    problems = [f"not shown: {file}" for file, entry in zip(files, rooms) if not entry["visible"]]
    if captions != [group for group in GROUPS if group in captions]:
        problems.append(f"groups: {captions}")
    if files[0] != "draw.html" or entries[1] != GROUPS[0]:
        problems.append(f"opens with {files[0]}")
    notebooks = {path.relative_to(NOTEBOOKS).with_suffix(".html").as_posix()
                 for path in NOTEBOOKS.glob("**/[0-9]*.ipynb")}
    problems += [f"missing: {file}" for file in sorted(notebooks - set(files))]
    front = ""
    for file, entry in zip(files, rooms):
        if entry["level"] == 1:
            front = file
        elif file[:3] != front[:3]:
            problems.append(f"{file} below {front}")
    return {"sidebar": problems}


def check_sources(page, site, messages):
    "The button 'view this page' opens the notebook itself"
    changed = [path.name for path in NOTEBOOKS.glob("**/[0-9i]*.ipynb")
               if (site/"_sources"/path.relative_to(NOTEBOOKS)).read_bytes() != path.read_bytes()]
    return {"a page's source is its notebook": changed}


def broken_links(links, ids, site):
    "Links to a file or an anchor that is not there; both arguments are by the page's address"
    problems = []
    for name, targets in links.items():
        for target in sorted(set(targets)):
            address, anchor = urldefrag(target)
            path = Path(unquote(re.sub(r"^file://|\?.*", "", address)))
            if not path.exists():
                problems.append(f"{name}: {path.name}")
            elif anchor and address in ids and unquote(anchor) not in ids[address]:
                problems.append(f"{name}: {path.name}#{anchor}")
    return problems


def check_pages(page, site, messages):
    "Every page on a phone: its width, its console, its imports, its tables and its links"
    page.set_viewport_size({"width": 390, "height": 844})
    found = {"every page at 390 pixels": [], "no console messages": [], "imports are folded": [],
             "numbers on the right, words on the left": []}
    links, ids = {}, {}
    for file in sorted(site.glob("**/*.html")):
        name = file.relative_to(site).as_posix()
        messages.clear()
        page.goto(file.as_uri())
        for problems, new in zip(found.values(), [
                ["too wide"] if page.evaluate(TOO_WIDE) else [], messages,
                page.evaluate(OPEN_IMPORTS), page.evaluate(MISALIGNED)]):
            problems += [f"{name}: {problem}" for problem in new]
        links[name] = page.evaluate(LINKS)
        ids[file.as_uri()] = set(page.evaluate(IDS))
    found["links lead somewhere"] = broken_links(links, ids, site)
    found["the front page's links"] = [name for name in DESTINATIONS
                                       if f"{site.as_uri()}/{name}" not in links["index.html"]]
    return found
