"""Render the subset of the Velocity Template Language that CORS preflights use.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
``#set``, ``#if``, ``#elseif``, ``#else``, ``#end``, references with members and calls, ``==``, ``!=``, ``!``,
``&&``, ``||``, strings, comments. Anything else is an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from ...application import UnsupportedError

Value = object
TOKEN = re.compile(
    r"""\s*(?:(?P<string>"[^"]*"|'[^']*')|(?P<number>\d+)|(?P<word>true|false)\b
    |(?P<reference>\$!?\{?[A-Za-z]\w*)|(?P<member>\.[A-Za-z][\w-]*)|(?P<operator>==|!=|&&|\|\||[!(),}]))""",
    re.VERBOSE,
)
DIRECTIVE = re.compile(r"#(?P<name>set|if|elseif|else|end|foreach|macro|include|parse|stop)\b")
COMMENT = re.compile(r"#\*.*?\*#|##[^\n]*\n?", re.DOTALL)
#: A reference in a text, with its members and calls.
REFERENCE = re.compile(
    r"""\$!?(?P<brace>\{)?(?P<root>[A-Za-z]\w*)
    (?P<members>(?:\.[A-Za-z][\w-]*(?:\((?:[^()"']|"[^"]*"|'[^']*')*\))?)*)(?(brace)\})""",
    re.VERBOSE,
)
ASSIGNMENT = re.compile(r"\s*\$(?P<target>[A-Za-z]\w*(?:\.[A-Za-z][\w-]*)*)\s*=(?!=)(?P<value>.*)", re.DOTALL)


class Template:
    """A template with its variables; ``overrides`` has what it set below ``$context.responseOverride``.

    >>> Template({"origin": "https://a"}).render('#if($origin == "https://a")yes#end')
    'yes'
    """

    def __init__(self, variables: Mapping[str, Value]) -> None:
        self._variables = dict(variables)
        self.overrides: dict[str, str] = {}

    def render(self, text: str) -> str:
        """Return the text that the template produces.

        :raises UnsupportedError: for what is not in the subset
        """
        text = COMMENT.sub("", text)
        output: list[str] = []
        # one entry for each open #if: whether this branch is taken, and whether any branch was
        branches: list[tuple[bool, bool]] = []
        position = 0
        while found := DIRECTIVE.search(text, position):
            if all(taken for taken, _ in branches):
                output.append(self._substitute(text[position : found.start()]))
            name, position = found["name"], found.end()
            argument = ""
            if name in ("set", "if", "elseif"):
                argument, position = _parenthesized(text, position)
            outer = all(taken for taken, _ in branches[:-1])
            if name == "set":
                if all(taken for taken, _ in branches):
                    self._set(argument)
            elif name == "if":
                taken = all(taken for taken, _ in branches) and self._is_true(argument)
                branches.append((taken, taken))
            elif name in ("elseif", "else", "end") and branches:
                _, done = branches.pop()
                if name != "end":
                    taken = outer and not done and (name == "else" or self._is_true(argument))
                    branches.append((taken, done or taken))
            else:
                raise UnsupportedError(f"#{name}", "this directive is not supported locally")
        output.append(self._substitute(text[position:]))
        return "".join(output)

    def _set(self, argument: str) -> None:
        found = ASSIGNMENT.fullmatch(argument)
        if not found:
            raise UnsupportedError(f"#set({argument})", "not supported locally")
        value = _Expression(found["value"], self._variables).value()
        override = "context.responseOverride."
        if found["target"].startswith(override):
            self.overrides[found["target"].removeprefix(override)] = _written(value)
        else:
            self._variables[found["target"]] = value

    def _is_true(self, expression: str) -> bool:
        return bool(_Expression(expression, self._variables).value())

    def _substitute(self, text: str) -> str:
        return REFERENCE.sub(self._value_of, text)

    def _value_of(self, reference: re.Match[str]) -> str:
        if reference["root"] in self._variables:
            return _written(_Expression(reference[0], self._variables).value())
        if "(" in reference["members"]:
            raise UnsupportedError(reference[0], "not supported locally")
        # Velocity writes what it does not know as it is
        return reference[0]


class _Expression:
    """Evaluates one expression by recursive descent."""

    def __init__(self, text: str, variables: Mapping[str, Value]) -> None:
        self._text = text
        self._variables = variables
        self._tokens = _tokens(text)

    def value(self) -> Value:
        value = self._either()
        if self._tokens:
            raise UnsupportedError(self._text.strip(), "this expression is not supported locally")
        return value

    def _either(self) -> Value:
        value = self._both()
        while self._take("||"):
            right = self._both()
            value = bool(value) or bool(right)
        return value

    def _both(self) -> Value:
        value = self._comparison()
        while self._take("&&"):
            right = self._comparison()
            value = bool(value) and bool(right)
        return value

    def _comparison(self) -> Value:
        value = self._operand()
        if self._take("=="):
            return value == self._operand()
        if self._take("!="):
            return value != self._operand()
        return value

    def _operand(self) -> Value:
        if self._take("!"):
            return not self._operand()
        if self._take("("):
            value = self._either()
            self._expect(")")
            return value
        if not self._tokens:
            raise UnsupportedError(self._text.strip(), "the expression ends too early")
        kind, text = self._tokens.pop(0)
        if kind == "string":
            return text[1:-1]
        if kind == "number":
            return int(text)
        if kind == "word":
            return text == "true"
        if kind == "reference":
            return self._reference(text)
        raise UnsupportedError(self._text.strip(), f"unexpected {text}")

    def _reference(self, start: str) -> Value:
        value: Value = self._variables.get(start.lstrip("$!{"), "")
        while self._tokens and self._tokens[0][0] == "member":
            name = self._tokens.pop(0)[1][1:]
            arguments = self._arguments() if self._take("(") else None
            value = _member(value, name, arguments)
        if "{" in start:
            self._expect("}")
        return value

    def _arguments(self) -> list[Value]:
        arguments: list[Value] = []
        while not self._take(")"):
            arguments.append(self._either())
            self._take(",")
        return arguments

    def _take(self, operator: str) -> bool:
        if self._tokens and self._tokens[0] == ("operator", operator):
            self._tokens.pop(0)
            return True
        return False

    def _expect(self, operator: str) -> None:
        if not self._take(operator):
            raise UnsupportedError(self._text.strip(), f"expected {operator}")


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens = []
    position, end = 0, len(text.rstrip())
    while position < end:
        found = TOKEN.match(text, position)
        if not found or found.lastgroup is None:
            raise UnsupportedError(text.strip(), "this expression is not supported locally")
        tokens.append((found.lastgroup, found[found.lastgroup]))
        position = found.end()
    return tokens


def _member(value: Value, name: str, arguments: list[Value] | None) -> Value:
    """Return a member of a map, or call ``get`` of a map or a function; what is not there is empty text."""
    if name == "get" and arguments and isinstance(value, Mapping):
        return value.get(str(arguments[0]), "")
    member = value.get(name, "") if isinstance(value, Mapping) else ""
    if arguments is not None and isinstance(member, Callable):  # type: ignore[arg-type]
        return member(*arguments)  # type: ignore[operator]
    if arguments is not None:
        raise UnsupportedError(f".{name}()", "not supported locally")
    return member


def _written(value: Value) -> str:
    """Return how a value is written into a text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        raise UnsupportedError("an object", "cannot be written into a text locally")
    return "" if value is None else str(value)


def _parenthesized(text: str, position: int) -> tuple[str, int]:
    """Return what stands between the next parentheses, and where they end."""
    start = text.find("(", position)
    depth, quote = 0, ""
    for index in range(max(start, 0), len(text) if start >= 0 else 0):
        character = text[index]
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character in "()":
            depth += 1 if character == "(" else -1
            if depth == 0:
                return text[start + 1 : index], index + 1
    raise UnsupportedError(text[position : position + 40].strip(), "expected parentheses")
