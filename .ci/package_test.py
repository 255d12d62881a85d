"The installed wheel, tried outside the tree: what it holds, every module, every command"
import re
import subprocess
import sys
from importlib import import_module
from importlib.metadata import distribution
from pathlib import Path
from pkgutil import walk_packages
from tempfile import TemporaryDirectory
from zipfile import ZipFile

import mnist8k

COMMANDS = {  # name: options, and what the output must hold
    "mnist8k_summary": ("Model_9", "7,280"),
    "mnist8k_train": ("--data digits --epochs 1", "Not judged"),
    "mnist8k_test": ("mnist8k_out/Model_9.safetensors --data digits", "accuracy"),
    "mnist8k_predict": ("seven.png", "seven.png"),
    "mnist8k_read": ("seven.png", "seven.png"),
    "mnist8k_sweep": ("Model_tiny --data digits --epochs 1 --seeds 2", "Model_tiny"),
    "mnist8k_bench": ("--data digits --repeats 1 --images 256", "speedup over"),
    "mnist8k_export": ("Model_quick --data digits", "model_quick.c"),
}


def contents(wheel):
    "The wheel holds modules, weights, the licence and its own records, and nothing else"
    allowed = (r"mnist8k/(\w+/)?\w+\.py|mnist8k/weights/([\d.]+/)?\w+\.(safetensors|json)|"
               r"mnist8k-[\d.]+\.dist-info/(licenses/LICENSE|METADATA|WHEEL|RECORD|"
               r"entry_points\.txt|top_level\.txt)")
    names = ZipFile(wheel).namelist()
    foreign = [name for name in names if not re.fullmatch(allowed, name)]
    assert not foreign, f"in the wheel but not part of the package: {foreign}"
    for needed in ("mnist8k/compiled/__init__.py", "mnist8k/export/__init__.py",
                   "mnist8k/weights/Model_9.safetensors", "mnist8k/weights/recorded.json"):
        assert needed in names, f"not in the wheel: {needed}"
    return len(names)


def modules():
    "Every module is imported, and defines what its __all__ promises"
    folder = Path(mnist8k.__file__).parent
    assert not (folder.parent/"settings.ini").exists(), f"{folder} is the tree, not the wheel"
    light = "import sys, mnist8k; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", light], check=True)  # importing the package stays quick
    found = [import_module(one.name) for one in walk_packages([str(folder)], "mnist8k.")]
    missing = [name for module in found for name in getattr(module, "__all__", [])
               if not hasattr(module, name)]
    assert not missing, f"in __all__ but not defined: {missing}"
    return len(found)


def commands():
    "Every command runs, on digits that need no download"
    scripts = {script.name for script in distribution("mnist8k").entry_points
               if script.group == "console_scripts"}
    assert scripts == {*COMMANDS}, f"tried and installed differ: {scripts ^ {*COMMANDS}}"
    data, images = (import_module(f"mnist8k.{name}") for name in ("data", "visualisation"))
    with TemporaryDirectory() as folder:
        digits = data.load_digits("digits")
        seven = digits.test_images[digits.test_labels == 7][:1]
        images.display_multiple_images(seven, columns=1).savefig(f"{folder}/seven.png")
        for name, (options, expected) in COMMANDS.items():
            done = subprocess.run([Path(sys.executable).with_name(name), *options.split()],
                                  cwd=folder, capture_output=True, text=True)
            if done.returncode or expected not in done.stdout:
                sys.exit(f"{name} {options}: exit status {done.returncode}\n{done.stdout}"
                         f"{done.stderr}")
    return len(scripts)


if __name__ == "__main__":
    print(f"{contents(sys.argv[1])} files, {modules()} modules, {commands()} commands")
