"""Mutants: copies of a module with one small mistake, made by the operators of Cosmic Ray."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast  # type: ignore[import-untyped]
from cosmic_ray.mutating import mutate_code  # type: ignore[import-untyped]
from cosmic_ray.plugins import get_operator, operator_names  # type: ignore[import-untyped]

# One or two operators per construct. Not used: those whose mutants always raise TypeError, such as a shift of
# a Decimal, and those whose mutants are equivalent, such as `is` instead of `==` between members of an enum.
_USED = re.compile(
    r"""core/(
      AddNot | ExceptionReplacer | NumberReplacer | ZeroIterationForLoop
    | Replace(AndWithOr | OrWithAnd | BreakWithContinue | ContinueWithBreak | FalseWithTrue | TrueWithFalse)
    | ReplaceUnaryOperator_Delete_(Not | USub)
    | ReplaceBinaryOperator_(Add_Sub | Sub_Add | Mul_Div | (Div | FloorDiv | Mod | Pow)_Mul)
    | ReplaceComparisonOperator_(Eq_NotEq | NotEq_Eq | Is_IsNot | IsNot_Is)
    | ReplaceComparisonOperator_(Gt_(GtE | LtE) | GtE_(Gt | Lt) | Lt_(LtE | GtE) | LtE_(Lt | Gt))
    )""",
    re.VERBOSE,
)
OPERATORS = sorted(filter(_USED.fullmatch, operator_names()))

# Lines whose mutants no test can detect: decorators (frozen, slots), imports for types, the star before
# keyword arguments (which Cosmic Ray reads as a multiplication), and a precision far higher than necessary.
_IGNORED = re.compile(r"\s*(@|if TYPE_CHECKING|def .*, \*,|\*,$|\w+ = Context\(prec=300,)")


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module with one mistake, in `function` or, if this is empty, at the level of a module or class."""

    module: str
    path: Path
    line: int
    function: str
    operator: str
    occurrence: int

    def source(self) -> str:
        """Return the source of the module with the mistake."""
        operator = get_operator(self.operator)()
        mutated: str = mutate_code(self.path.read_text(), operator, self.occurrence)
        return mutated

    def __str__(self) -> str:
        lines = zip(self.path.read_text().splitlines(), self.source().splitlines(), strict=False)
        before, after = next(((old, new) for old, new in lines if old != new), ("", ""))
        place = f"{self.module}:{self.line} {self.operator.removeprefix('core/')}"
        return f"{place}\n    - {before.strip()}\n    + {after.strip()}\n"

    def install(self) -> None:
        """Import this mutant instead of its module, which must not be imported yet."""
        read = SourceFileLoader.get_code

        def get_code(loader: SourceFileLoader, fullname: str) -> object:
            if fullname == self.module:
                return compile(self.source(), str(self.path), "exec", dont_inherit=True)
            return read(loader, fullname)

        SourceFileLoader.get_code = get_code  # type: ignore[assignment,method-assign]


def mutants_of(module: str, path: Path) -> Iterator[Mutant]:
    """List every mutant of a module."""
    source = path.read_text()
    functions, lines, nodes = _functions(source), source.splitlines(), list(ast_nodes(get_ast(source)))
    for name in OPERATORS:
        operator = get_operator(name)()
        starts = [start for node in nodes for (start, _), _ in operator.mutation_positions(node)]
        for occurrence, line in enumerate(starts):
            if not _IGNORED.match(lines[line - 1]):
                yield Mutant(module, path, line, functions.get(line, ""), name, occurrence)


def _functions(source: str) -> dict[int, str]:
    """Map each line to its outermost function, with its class: `Budget.is_cost`."""
    found: dict[int, str] = {}

    def visit(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef):
                lines = range(child.lineno, (child.end_lineno or child.lineno) + 1)
                found.update(dict.fromkeys(lines, prefix + child.name))
            elif isinstance(child, ast.ClassDef):
                visit(child, f"{prefix}{child.name}.")

    visit(ast.parse(source), "")
    return found
