"""The layout of the code keeps its own rules: see `ARCHITECTURE.md`."""

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CODE = ("bot", "knowledge")
MOST_LINES = 60
MOST_SINGLE_FILES = 3
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
FIELD_WORDS = {"grounding", "hashing", "parsing", "ranking"}
"""Names in -ing that the field itself uses for a thing."""

_ALIASED = {
    "Callable",
    "Literal",
    "Mapping",
    "Sequence",
    "dict",
    "frozenset",
    "list",
    "set",
    "tuple",
    "type",
}


def modules(*folders: str) -> Iterator[tuple[Path, ast.Module]]:
    """Yield each file of *folders*, relative to the root, with its syntax tree."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT), parsed(path)


@cache
def parsed(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text("utf-8"))


def folder_of(name: str) -> str:
    """Return the feature that a dotted *name* belongs to, such as `bot.queue`."""
    return ".".join(name.split(".")[:2])


def test_no_feature_imports_another_in_a_circle() -> None:
    """Imports point one way, so that a reader can begin at the bottom."""
    imports: dict[str, set[str]] = defaultdict(set)
    for path, tree in modules(*CODE):
        importer = folder_of(".".join(path.with_suffix("").parts))
        for node in ast.walk(tree):
            names = list[str]()
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            found = {folder_of(name) for name in names if name.split(".")[0] in CODE}
            imports[importer] |= found - {importer}

    assert imports
    assert cycle_in(imports) == []


def cycle_in(imports: dict[str, set[str]]) -> list[str]:
    """Return what is left of *imports* when all that import nothing else are taken away."""
    left = {name: set(others) for name, others in imports.items()}
    while free := [name for name, others in left.items() if not others & left.keys()]:
        for name in free:
            del left[name]
    return sorted(left)


def test_a_public_type_name_exists_once() -> None:
    """So that a name in a traceback, a log or a review means one thing."""
    defined: dict[str, list[str]] = defaultdict(list)
    for path, tree in modules(*CODE):
        for name in public_types(tree):
            defined[name].append(str(path))

    assert {name: files for name, files in defined.items() if len(files) > 1} == {}


def public_types(tree: ast.Module) -> Iterator[str]:
    """Yield the names of the public classes and type aliases of a module."""
    for node in tree.body:
        match node:
            case ast.ClassDef(name=name):
                pass
            case ast.AnnAssign(target=ast.Name(id=name), annotation=ast.Name(id="TypeAlias")):
                pass
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if is_type(value):
                pass
            case _:
                continue
        if not name.startswith("_"):
            yield name


def is_type(value: ast.expr) -> bool:
    """Tell whether *value* makes a type: `Literal[…]`, `A | B`, `NewType(…)`, `Callable[…]`."""
    match value:
        case ast.Subscript(value=ast.Name(id=name)):
            return name in _ALIASED
        case ast.Call(func=ast.Name(id=name)):
            return name == "NewType"
        case ast.BinOp(op=ast.BitOr(), left=ast.Name(id=name)):
            return name[:1].isupper() and not name.isupper()
        case _:
            return False


def test_a_protocol_has_two_implementations() -> None:
    """One alone is the class itself; a Protocol for it would only be in a reader's way."""
    found = {name: sorted(implementations(node)) for name, (_, node) in protocols().items()}

    assert found
    assert {name: classes for name, classes in found.items() if len(classes) < 2} == {}


def test_a_protocol_stands_beside_its_consumer() -> None:
    """Whoever needs it says what it needs; what several features need, they share."""
    found = protocols()
    users: dict[str, set[Path]] = defaultdict(set)
    for path, tree in modules(*CODE):
        for name in mentioned(tree) & found.keys():
            users[name].add(Path(*path.parts[:2]))

    strangers = {
        name
        for name, (home, _) in found.items()
        if home not in users[name] and len(users[name]) < 2
    }
    assert strangers == set()


def protocols() -> dict[str, tuple[Path, ast.ClassDef]]:
    """Return all Protocols by name, with the folder of their feature."""
    return {
        node.name: (Path(*path.parts[:2]), node)
        for path, tree in modules(*CODE)
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and is_protocol(node) and not node.name.startswith("_")
    }


def is_protocol(node: ast.ClassDef) -> bool:
    """Tell whether a class is a Protocol."""
    bases = (base.value if isinstance(base, ast.Subscript) else base for base in node.bases)
    return any(getattr(base, "attr", getattr(base, "id", "")) == "Protocol" for base in bases)


def implementations(protocol: ast.ClassDef) -> set[str]:
    """Return the classes with all members of *protocol*; functions, if it is only called."""
    wanted = members(protocol)
    found = {
        f"{path}:{node.name}"
        for path, node, has in all_classes()
        if not is_protocol(node) and wanted <= has
    }
    if wanted == {"__call__"}:
        call = next(node for node in protocol.body if isinstance(node, FUNCTIONS))
        found |= {place for place, node in all_functions() if same_parameters(node, call)}
    return found


@cache
def all_classes() -> Sequence[tuple[Path, ast.ClassDef, frozenset[str]]]:
    """Return all classes of the repository with what they have, inherited or their own."""
    every = [
        (path, node)
        for path, tree in modules(*CODE, "tests", "benchmarks")
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    ]
    own = {node.name: members(node) for _, node in every}
    bases = {
        node.name: [base.id for base in node.bases if isinstance(base, ast.Name)]
        for _, node in every
    }

    def of(name: str) -> frozenset[str]:
        return own.get(name, frozenset()).union(*map(of, bases.get(name, ())))

    return [(path, node, members(node) | of(node.name)) for path, node in every]


@cache
def all_functions() -> Sequence[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Return all functions of the repository, with their places."""
    return [
        (f"{path}:{node.name}", node)
        for path, tree in modules(*CODE, "tests", "benchmarks")
        for node in ast.walk(tree)
        if isinstance(node, FUNCTIONS) and node.name != "__call__"
    ]


def members(node: ast.ClassDef) -> frozenset[str]:
    """Return the names of the methods and attributes that a class itself defines."""
    found = set[str]()
    for part in ast.walk(node):
        match part:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
            case ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
            case ast.Assign(targets=targets):
                found |= {t.id for t in targets if isinstance(t, ast.Name)}
                found |= {t.attr for t in targets if isinstance(t, ast.Attribute)}
            case _:
                pass
    return frozenset(found)


def same_parameters(
    one: ast.FunctionDef | ast.AsyncFunctionDef, other: ast.FunctionDef | ast.AsyncFunctionDef
) -> bool:
    """Tell whether two functions take the same, apart from `self`."""

    def taken(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
        args = [*node.args.args, *node.args.kwonlyargs]
        return [arg.arg for arg in args if arg.arg != "self"]

    return type(one) is type(other) and taken(one) == taken(other)


def mentioned(tree: ast.Module) -> set[str]:
    """Return the names that a module uses, written out or quoted."""
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return names | {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_functions_are_short() -> None:
    """What does not fit on a screen does two things."""
    long = {
        f"{path}:{node.lineno} {node.name}": lines
        for path, tree in modules(*CODE)
        for node in ast.walk(tree)
        if isinstance(node, FUNCTIONS)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > MOST_LINES
    }

    assert long == {}


@pytest.mark.parametrize("place", ["bot/app", "bot/slack/app.py"])
def test_whoever_builds_an_object_builds_it_whole(place: str) -> None:
    """An attribute that comes later is missing until then."""
    paths = [ROOT / place] if place.endswith(".py") else sorted((ROOT / place).rglob("*.py"))
    late = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in paths
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.ctx, ast.Store)
            and not (isinstance(node.value, ast.Name) and node.value.id == "self")
        )
        or (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "setattr"
        )
    ]

    assert paths
    assert late == []


def test_a_single_file_is_no_folder() -> None:
    """Folders hold what belongs together; few are there for what may come."""
    files = Counter(path.parent for path, _ in modules(*CODE) if path.name != "__init__.py")
    single = [str(folder) for folder, count in files.items() if count == 1]

    assert len(single) <= MOST_SINGLE_FILES, single


def test_things_have_nouns_for_names() -> None:
    """A file is named after what is in it, not after what is done with it."""
    names = {path.stem for path, _ in modules(*CODE)}
    doing = {name for name in names if name.rpartition("_")[2].endswith("ing")}

    assert doing - FIELD_WORDS == set()
