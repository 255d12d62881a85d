"What the library defines: where each function and class is documented, and its parameters"
from functools import cache
from importlib import import_module
from inspect import Parameter, signature

from fastcore.docments import docments
from nbdev.config import get_config
from nbdev.doclinks import _get_modidx

config = get_config()
empty = Parameter.empty


@cache
def symbol_index():
    "nbdev's index, {module: {symbol: (address, file)}}, with the __init__ modules that it skips"
    index = import_module(f"{config.lib_path.name}._modidx").d["syms"]
    root = config.lib_path.resolve().parent
    for file in config.lib_path.resolve().glob("**/__init__.py"):
        for module, symbols in _get_modidx(file, root, config.nbs_path.resolve()).items():
            if symbols:
                index[module.removesuffix(".__init__")] = {
                    name.replace(".__init__.", ".", 1): place for name, place in symbols.items()}
    return index


def find_symbol(name, address):
    "What `name` stands for in the module exported by the notebook at nbdev's `address`, or None"
    for module, symbols in symbol_index().items():
        place = symbols.get(f"{module}.{name}")
        if place and place[0].partition("#")[0] == address:
            symbol = import_module(module)
            for part in name.split("."):
                symbol = getattr(symbol, part)
            return symbol
    return None


def describe_parameters(symbol):
    "{name: what docments knows of a parameter}, in order; 'return', if anything, comes last"
    parameters = signature(symbol).parameters
    described = docments(symbol, full=True)
    result = described.pop("return")
    for name, parameter in parameters.items():  # a command's options carry their help themselves
        if name in described and (text := getattr(parameter.annotation, "help", "")):
            described[name].docment = text
    described = {name: described[name] for name in parameters
                 if name in described and name != "self"}
    if not isinstance(symbol, type) and (result.docment or format_type(result.anno)):
        described["return"] = result
    return described


def format_default(value):
    "A default as Python writes it, or the name of a function"
    return "" if value is empty else getattr(value, "__name__", repr(value))


def format_type(annotation):
    "The name of a type, or a union of types as it is written; nothing where there is none"
    if annotation in (empty, None, type(None)):
        return ""
    return getattr(annotation, "__name__", str(annotation))


def parameter_table(parameters):
    "A Markdown table of parameters; empty where none has a comment"
    if not any(parameter.docment for parameter in parameters.values()):
        return ""
    defaults = any(parameter.default is not empty for parameter in parameters.values())
    rows = [["Parameter", "Type", "Default", "Details"], [":--"]*4]
    for name, parameter in parameters.items():
        code = [format_type(parameter.anno), format_default(parameter.default)]
        details = (parameter.docment or "").replace("\n", " ")
        rows.append(["**Returns**" if name == "return" else f"`{name}`",
                     *(f"`{text}`" if text else "" for text in code), details])
    rows = [[cell.replace("|", r"\|") for cell in row] for row in rows]
    lines = [" | ".join(row if defaults else row[:2] + row[3:]) for row in rows]
    return "\n".join(["{.parameters}", *(f"| {line} |" for line in lines)])


def format_signature(name, parameters):
    "How to call what has these parameters, in one line; their types are in the table"
    stars = {Parameter.VAR_POSITIONAL: "*", Parameter.VAR_KEYWORD: "**"}
    items = []
    for parameter_name, parameter in parameters.items():
        if parameter_name == "return":
            continue
        if parameter.kind == Parameter.KEYWORD_ONLY and not any(item[0] == "*" for item in items):
            items.append("*")
        default = format_default(parameter.default)
        items.append(stars.get(parameter.kind, "") + parameter_name + (default and f"={default}"))
    return f"{name}({', '.join(items)})"


def document(symbol_name, address):
    "How to call a symbol, and the table of its parameters; empty texts where that is not known"
    symbol = find_symbol(symbol_name, address)
    try:
        parameters = describe_parameters(symbol)
    except (TypeError, ValueError):  # not callable; an exception without a signature of its own
        return "", ""
    return format_signature(symbol.__name__, parameters), parameter_table(parameters)
