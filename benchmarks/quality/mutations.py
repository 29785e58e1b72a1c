"""The mutants of a module: each is its code with one small change.

What runs is changed: operators, comparisons, constants, arguments. What only describes it is not:
docstrings, annotations, decorators, and the texts of errors.
"""

import ast
import copy
import os
from collections.abc import Iterator
from dataclasses import dataclass

_ARITHMETIC = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div, ast.Mod: ast.Mult, ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitAnd,
}  # fmt: skip

# The neighbour, which differs at the bound only, and the contrary.
_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
}  # fmt: skip


# Characters that are shown on either side of what differs.
_AROUND = 40

KINDS = ("arithmetic", "comparison", "boolean", "constant", "keyword", "argument")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change to a module."""

    file: str
    number: int
    """Of the changes to this module, in the order of its code."""
    line: int
    kind: str
    """One of `KINDS`."""
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.kind}: {self.before} → {self.after}"


def mutants_of(code: str, file: str) -> list[Mutant]:
    """All mutants of a module, in the order of its code.

    Args:
        code: of the module.
        file: its name in what is reported.

    Example:
        >>> [str(each) for each in mutants_of("a = b + 1", "module.py")]
        ['module.py:1: arithmetic: b + 1 → b - 1', 'module.py:1: constant: 1 → 2']
    """
    return [
        Mutant(file, number, node.lineno, kind, *_excerpts(node, changed))
        for number, (kind, node, changed, _, _) in enumerate(_all_changes(ast.parse(code)))
    ]


def mutated(code: str, mutant: Mutant) -> str:
    """The code of a module with the change of one of its mutants.

    Example:
        >>> code = "a = b + 1"
        >>> mutated(code, mutants_of(code, "module.py")[0])
        'a = b - 1'
    """
    tree = ast.parse(code)
    _, _, changed, parent, place = list(_all_changes(tree))[mutant.number]
    _put(parent, place, changed)
    return ast.unparse(ast.fix_missing_locations(tree))


def _excerpts(node: ast.AST, changed: ast.AST) -> tuple[str, str]:
    """The code before and after a change, cut to what differs and a little around it."""
    before, after = ast.unparse(node), ast.unparse(changed)
    start = len(os.path.commonprefix([before, after]))
    end = len(os.path.commonprefix([before[start:][::-1], after[start:][::-1]]))
    begin = max(0, start - _AROUND)
    excerpts = (
        ("…" if begin else "") + each[begin : len(each) - max(0, end - _AROUND)]
        for each in (before, after)
    )
    first, second = (each + ("…" if end > _AROUND else "") for each in excerpts)
    return first, second


_Place = tuple[str, int | None]


def _all_changes(tree: ast.AST) -> Iterator[tuple[str, ast.AST, ast.AST, ast.AST, _Place]]:
    """Of each change: its kind, the node, the changed node, and the place in its parent."""
    for node, parent, place in _running(tree):
        for kind, changed in _changes(node):
            if ast.dump(node) != ast.dump(changed):
                yield kind, node, changed, parent, place


def _put(parent: ast.AST, place: _Place, node: ast.AST) -> None:
    name, index = place
    if index is None:
        setattr(parent, name, node)
    else:
        getattr(parent, name)[index] = node


def _running(parent: ast.AST) -> Iterator[tuple[ast.expr | ast.AugAssign, ast.AST, _Place]]:
    """The expressions below a node that run, each with the place in its parent that holds it."""
    for name, value in ast.iter_fields(parent):
        if _only_describes(parent, name):
            continue
        for index, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(node, ast.AST) or _is_skipped(node):
                continue
            if isinstance(node, ast.expr | ast.AugAssign):
                yield node, parent, (name, index)
            yield from _running(node)


def _only_describes(parent: ast.AST, name: str) -> bool:
    return name in ("annotation", "returns", "decorator_list", "type_params", "bases", "ctx")


def _is_skipped(node: ast.AST) -> bool:
    match node:
        case ast.Expr(value=ast.Constant(value=str())) | ast.Raise() | ast.JoinedStr():
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return True
    return False


def _changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """The changes to a node, each with its kind."""
    match node:
        case ast.BinOp() | ast.AugAssign() if type(node.op) in _ARITHMETIC:
            yield "arithmetic", _with(node, op=_ARITHMETIC[type(node.op)]())
        case ast.UnaryOp(op=ast.USub()) if not isinstance(node.operand, ast.Constant):
            yield "arithmetic", node.operand
        case ast.UnaryOp(op=ast.Not() | ast.Invert()):
            yield "boolean", node.operand
        case ast.BoolOp():
            other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield "boolean", _with(node, op=other)
        case ast.Compare():
            yield from _other_comparisons(node)
        case ast.Constant():
            yield from _other_constants(node)
        case ast.Call():
            yield from _other_calls(node)


def _with(node: ast.AST, **fields: object) -> ast.AST:
    """A shallow copy of a node with other fields; its parts are shared with the node."""
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def _other_comparisons(node: ast.Compare) -> Iterator[tuple[str, ast.AST]]:
    for index, operator in enumerate(node.ops):
        for other in _COMPARISONS[type(operator)]:
            ops = [*node.ops[:index], other(), *node.ops[index + 1 :]]
            yield "comparison", _with(node, ops=ops)


def _other_constants(node: ast.Constant) -> Iterator[tuple[str, ast.AST]]:
    match node.value:
        case bool():
            yield "constant", ast.Constant(not node.value)
        case int():
            yield "constant", ast.Constant(node.value + 1)
        case float():
            yield "constant", ast.Constant(2 * node.value if node.value else 1.0)


def _other_calls(node: ast.Call) -> Iterator[tuple[str, ast.AST]]:
    for index, keyword in enumerate(node.keywords):
        if keyword.arg == "strict":  # zip's: it checks, and changes no result
            continue
        kept = node.keywords[:index] + node.keywords[index + 1 :]
        yield "keyword", _with(node, keywords=kept)
    plain = [not isinstance(each, ast.Starred | ast.GeneratorExp) for each in node.args]
    for index, each in enumerate(node.args):
        if plain[index] and not (isinstance(each, ast.Constant) and each.value is None):
            args = [*node.args[:index], ast.Constant(None), *node.args[index + 1 :]]
            yield "argument", _with(node, args=args)
        if index and plain[index] and plain[index - 1]:
            args = [*node.args[: index - 1], each, node.args[index - 1], *node.args[index + 1 :]]
            yield "argument", _with(node, args=args)
