"""Small mistakes, made one at a time: the mutations are Cosmic Ray's, without those that any test notices.

Cosmic Ray by itself writes each into the file and starts a test run for it, which takes seconds and disturbs
whoever else works in the same tree. Here a mutant is a text, and a fork of this process imports it.
"""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast  # type: ignore[import-untyped]
from cosmic_ray.mutating import mutate_code  # type: ignore[import-untyped]
from cosmic_ray.plugins import get_operator  # type: ignore[import-untyped]

# One or two for each construct. Left out are those that end in a TypeError wherever they are made, such as
# a shift of a Decimal, and those that change nothing, such as `is` for `==` between members of an enum.
OPERATORS = (
    "core/AddNot",
    "core/ExceptionReplacer",
    "core/NumberReplacer",
    "core/ReplaceAndWithOr",
    "core/ReplaceBinaryOperator_Add_Sub",
    "core/ReplaceBinaryOperator_Div_Mul",
    "core/ReplaceBinaryOperator_FloorDiv_Mul",
    "core/ReplaceBinaryOperator_Mod_Mul",
    "core/ReplaceBinaryOperator_Mul_Div",
    "core/ReplaceBinaryOperator_Pow_Mul",
    "core/ReplaceBinaryOperator_Sub_Add",
    "core/ReplaceBreakWithContinue",
    "core/ReplaceComparisonOperator_Eq_NotEq",
    "core/ReplaceComparisonOperator_GtE_Gt",
    "core/ReplaceComparisonOperator_GtE_Lt",
    "core/ReplaceComparisonOperator_Gt_GtE",
    "core/ReplaceComparisonOperator_Gt_LtE",
    "core/ReplaceComparisonOperator_IsNot_Is",
    "core/ReplaceComparisonOperator_Is_IsNot",
    "core/ReplaceComparisonOperator_LtE_Gt",
    "core/ReplaceComparisonOperator_LtE_Lt",
    "core/ReplaceComparisonOperator_Lt_GtE",
    "core/ReplaceComparisonOperator_Lt_LtE",
    "core/ReplaceComparisonOperator_NotEq_Eq",
    "core/ReplaceContinueWithBreak",
    "core/ReplaceFalseWithTrue",
    "core/ReplaceOrWithAnd",
    "core/ReplaceTrueWithFalse",
    "core/ReplaceUnaryOperator_Delete_Not",
    "core/ReplaceUnaryOperator_Delete_USub",
    "core/ZeroIterationForLoop",
)

# What is for those who write the code, and not for a run: that values are frozen and have slots, imports for
# types, and the star before arguments that have to be named, which is taken for a multiplication. And a
# precision of 300 digits, chosen to be far more than any number has: one digit more or less changes nothing.
_NOT_RUN = re.compile(r"\s*(@|if TYPE_CHECKING|def .*, \*,|\*,$|\w+ = Context\(prec=300,)")


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module with one mistake. `function` is where it is, empty outside of every function."""

    module: str
    path: Path
    line: int
    function: str
    operator: str
    occurrence: int

    def source(self) -> str:
        """Give the module's text with the mistake in it."""
        mutated: str = mutate_code(self.path.read_text(), get_operator(self.operator)(), self.occurrence)
        return mutated

    def changed(self) -> str:
        """The first line that differs, before and after."""
        lines = zip(self.path.read_text().splitlines(), self.source().splitlines(), strict=False)
        before, after = next((pair for pair in lines if pair[0] != pair[1]), ("", ""))
        return f"- {before.strip()}\n    + {after.strip()}"


def mutants_of(module: str, path: Path) -> list[Mutant]:
    """Find every mutant of a module."""
    source = path.read_text()
    functions, written = _functions(source), source.splitlines()
    nodes = list(ast_nodes(get_ast(source)))
    made = []
    for name in OPERATORS:
        operator = get_operator(name)()
        places = [start[0] for node in nodes for start, _ in operator.mutation_positions(node)]
        for occurrence, line in enumerate(places):
            if _NOT_RUN.match(written[line - 1]):
                continue
            made.append(Mutant(module, path, line, functions.get(line, ""), name, occurrence))
    return made


def _functions(source: str) -> dict[int, str]:
    """Find the outermost function, with its class, that each line is in."""
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
