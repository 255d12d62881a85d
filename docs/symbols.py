"What the library defines: where each function and class is documented, and its parameters"
from dataclasses import is_dataclass
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
    "{name: what docments knows of a parameter}, in order; the last one is 'return'"
    described = docments(symbol, full=True)
    result = described.pop("return", None)
    try:
        parameters = signature(symbol).parameters
    except (TypeError, ValueError):
        return {}
    for name, parameter in parameters.items():  # a command's options carry their help themselves
        if name in described and (text := getattr(parameter.annotation, "help", "")):
            described[name].docment = text
    described = {name: described[name] for name in parameters
                 if name in described and name != "self"}
    if result and not is_dataclass(symbol) and not isinstance(symbol, type):
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
    rows = []
    for name, parameter in parameters.items():
        code = [format_type(parameter.anno), format_default(parameter.default)]
        code = [f"`{text}`".replace("|", r"\|") if text else "" for text in code]
        details = (parameter.docment or "").replace("|", r"\|").replace("\n", " ")
        label = "**Returns**" if name == "return" else f"`{name}`"
        if name != "return" or code[0] or details:
            rows.append(f"| {label} | {code[0]} | {code[1]} | {details} |")
    return "\n".join(["{.parameters}", "| Parameter | Type | Default | Details |",
                      "| :-- | :-- | :-- | :-- |", *rows])


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
    "The call and the parameter table of a symbol; two empty texts where it has no comments"
    symbol = find_symbol(symbol_name, address)
    parameters = describe_parameters(symbol) if callable(symbol) else {}
    table = parameter_table(parameters)
    return (format_signature(symbol.__name__, parameters), table) if table else ("", "")
