"""Evaluates the expressions of HCL that the Terraform example uses: for, merge, try, lookup, templates.

https://developer.hashicorp.com/terraform/language/expressions
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

Scope = Mapping[str, Any]
Expression = Callable[[Scope], Any]
TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|\.\.\.|=>|[A-Za-z_]\w*|\d+|[\[\](){}.,:?=>])')
PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")


def evaluate(text: str, scope: Scope) -> Any:  # noqa: ANN401 - a value of any type
    """Return the value of an expression; `scope` has the values and functions by name."""
    return _Parser(text).whole()(scope)


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = TOKEN.findall(text.removeprefix("${").removesuffix("}") if text[:2] == "${" else text)

    def whole(self) -> Expression:
        found = self._conditional()
        assert not self._tokens, self._tokens
        return found

    def _next(self, *expected: str) -> str:
        token: str = self._tokens.pop(0)
        assert not expected or token in expected, (token, expected)
        return token

    def _has(self, token: str) -> bool:
        return bool(self._tokens) and self._tokens[0] == token

    def _conditional(self) -> Expression:
        found = self._postfix()
        if self._has(">"):
            self._next(">")
            left, right = found, self._postfix()
            found = lambda scope: left(scope) > right(scope)  # noqa: E731
        if not self._has("?"):
            return found
        self._next("?")
        condition, yes = found, self._conditional()
        self._next(":")
        no = self._conditional()
        return lambda scope: yes(scope) if condition(scope) else no(scope)

    def _postfix(self) -> Expression:
        found = self._primary()
        while self._has("."):
            self._next(".")
            found = _attribute(found, self._next())
        return found

    def _primary(self) -> Expression:
        token = self._next()
        if token.startswith('"'):
            return lambda scope: PLACEHOLDER.sub(
                lambda match: str(evaluate(match[1], scope)), token.strip('"')
            )
        if token.isdigit():
            return lambda _: int(token)
        if token in "[{":
            return self._for(token) if self._has("for") else self._object()
        return self._call(token) if self._has("(") else lambda scope: scope[token]

    def _call(self, name: str) -> Expression:
        self._next("(")
        arguments: list[Expression] = []
        spreads = False
        while not self._has(")"):
            arguments.append(self._conditional())
            if self._has("..."):
                self._next("...")
                spreads = True
            if self._has(","):
                self._next(",")
        self._next(")")
        if name == "try":
            return lambda scope: _first(arguments, scope)

        def called(scope: Scope) -> Any:  # noqa: ANN401
            values = [each(scope) for each in arguments]
            return scope[name](*(values[0] if spreads else values))

        return called

    def _object(self) -> Expression:
        found: dict[str, Expression] = {}
        while not self._has("}"):
            name = self._next()
            self._next("=")
            found[name] = self._conditional()
            if self._has(","):
                self._next(",")
        self._next("}")
        return lambda scope: {name: each(scope) for name, each in found.items()}

    def _for(self, opening: str) -> Expression:
        self._next("for")
        names = [self._next()]
        if self._has(","):
            self._next(",")
            names.append(self._next())
        self._next("in")
        source = self._conditional()
        self._next(":")
        key = self._conditional()
        value = None
        if opening == "{":
            self._next("=>")
            value = self._conditional()
        self._next("]", "}")

        def looped(scope: Scope) -> Any:  # noqa: ANN401
            found = source(scope)
            items = list(found.items()) if isinstance(found, dict) else list(enumerate(found))
            scopes = [
                {**scope, **(dict(zip(names, item, strict=True)) if len(names) > 1 else {names[0]: item[1]})}
                for item in items
            ]
            return {key(each): value(each) for each in scopes} if value else [key(each) for each in scopes]

        return looped


def _attribute(expression: Expression, name: str) -> Expression:
    return lambda scope: expression(scope)[name]


def _first(expressions: list[Expression], scope: Scope) -> Any:  # noqa: ANN401
    for each in expressions:
        try:
            return each(scope)
        except (LookupError, TypeError):
            continue
    raise LookupError("no expression of `try` has a value")
