"The sidebar: the page to draw on, then the notebooks in groups, by their numbers and folders"
import re

groups = {"The story": r"1[0-2]_", "Beyond": r"1[3-9]_", "Library": r"0\d_",
          "Compiled training": r"compiled/\d\d_", "Export": r"export/\d\d_",
          "Measurements": r"2\d_"}
# A front room of the library for each first number; others with that number are its side rooms
front_rooms = ["00_data", "01_models", "02_training", "03_records", "04_visualisation",
               "05_inference", "06_cli"]


def table_of_contents(pages, caption=""):
    "A hidden table of contents, which Sphinx shows in the sidebar"
    entries = [f"{page.label()} </{page.name}>" for page in pages]
    options = [":hidden:", f":caption: {caption}"] if caption else [":hidden:"]
    content = "\n".join(["```{toctree}", *options, "", *entries, "```"])
    return {"cell_type": "markdown", "metadata": {}, "source": content}


def group_of(page):
    "The caption of the group that a page belongs to"
    for caption, pattern in groups.items():
        if re.match(pattern, page.name):
            return caption
    raise ValueError(f"nbs/{page.name}.ipynb fits no group of the sidebar: number it after one of "
                     f"{groups}, or add a group in docs/sidebar.py")


def side_rooms(pages):
    "{name of a front room: its side rooms} for the pages of the library"
    rooms = {name: [] for name in front_rooms}
    for page in pages:
        if page.name not in rooms:
            front = [name for name in front_rooms if name[:3] == page.name[:3]]
            if not front:
                raise ValueError(f"nbs/{page.name}.ipynb has no front room: name it, or the one it "
                                 "belongs to, in front_rooms in docs/sidebar.py")
            rooms[front[0]].append(page)
    return rooms


def insert(pages):
    "Give the front page the groups, and each front room of the library its side rooms"
    grouped = {caption: [] for caption in groups}
    for page in pages.values():
        if page.name != "index":
            grouped[group_of(page)].append(page)
    for name, rooms in side_rooms(grouped["Library"]).items():
        if rooms:
            pages[name].cells.append(table_of_contents(rooms))
    grouped["Library"] = [pages[name] for name in front_rooms]
    index = pages["index"].cells
    index.append({"cell_type": "markdown", "metadata": {},
                  "source": "```{toctree}\n:hidden:\n\ndraw\n```"})
    index += [table_of_contents(group, caption) for caption, group in grouped.items() if group]
