"Imports every module of the installed mnist8k and loads every command; run it outside the tree"
from importlib import import_module
from importlib.metadata import distribution
from pathlib import Path
from pkgutil import iter_modules

import mnist8k

folder = Path(mnist8k.__file__).parent
assert not (folder.parent/"settings.ini").exists(), f"{folder} is the tree, not an installed copy"
modules = [import_module(f"mnist8k.{module.name}") for module in iter_modules([str(folder)])]
missing = [name for module in modules for name in getattr(module, "__all__", [])
           if not hasattr(module, name)]
assert not missing, f"in __all__ but not defined: {missing}"
scripts = [script for script in distribution("mnist8k").entry_points
           if script.group == "console_scripts"]
commands = [script.load() for script in scripts]
print(f"{len(modules)} modules, {len(commands)} commands, from {folder.parent.name}")
