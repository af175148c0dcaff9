"""What the rules' library says of a text that is no condition, in the words of who wrote it.

The library names types, operators and tokens as its grammar does. All that it knows is kept: the
column, what it found, and the types, in brackets. What is not known here is passed on as it is.
"""

import re
from collections.abc import Callable

_OVERLOAD = re.compile(r"found no matching overload for '(.*)' applied to '\((.*)\)'")
_RANGE = re.compile(r"expression of type '(.*)' cannot be the range of a comprehension .*")
_SYNTAX = re.compile(
    r"Syntax error: (?:(?:extraneous|mismatched) input '(?P<got>.*?)' expecting (?P<expected>.*)"
    r"|no viable alternative at input '(?P<odd>.*)'"
    r"|missing (?P<missing>'.*?') at '(?P<at>.*)'"
    r"|token recognition error at: '(?P<token>.*)')",
    re.DOTALL,
)
_END = "<EOF>"
_TYPES = {
    "int": "a number",
    "uint": "a number",
    "double": "a number with a point",
    "string": "text",
    "bool": "true or false",
    "null_type": "nothing",
}
_KINDS = {"list": "a list", "map": "a table"}
_BINARY = re.compile(r"_(.+)_")
_COMPARED = frozenset(("<", "<=", ">", ">=", "==", "!="))
_WRITTEN = {"and": "&&", "or": "||", "AND": "&&", "OR": "||", "is": "==", "=": "=="}
_SHARE = "; a share is compared with a number such as 0.5 or 1.0"


def in_words(complaint: str) -> str:
    """`complaint` as a sentence; as it is when it is not known."""
    overload = _OVERLOAD.fullmatch(complaint)
    if overload is not None:
        types = _split(overload[2])
        compared = _operator(overload[1]) in _COMPARED
        return _misused(overload[1], types) + (_SHARE if compared and "double" in types else "")
    ranged = _RANGE.fullmatch(complaint)
    if ranged is not None:
        return f"expected a list or a table to look through, got {_kind(ranged[1])}"
    syntax = _SYNTAX.fullmatch(complaint)
    return complaint if syntax is None else _misspelt(syntax)


def _misused(function: str, types: list[str]) -> str:
    """What cannot be done with values of these types."""
    kinds = [_kind(one) for one in types]
    special = _SPECIAL.get(function)
    if special is not None:
        return special(kinds)
    operator = _operator(function)
    if operator is None:
        return f"{function} cannot be asked of {' and '.join(kinds)}"
    if operator in _COMPARED:
        return f"{kinds[0]} cannot be compared with {kinds[1]} by {operator}"
    if operator in {"&&", "||"}:
        return f"expected true or false on both sides of {operator}, got {' and '.join(kinds)}"
    return f"{kinds[0]} and {kinds[1]} do not go together with {operator}"


_SPECIAL: dict[str, Callable[[list[str]], str]] = {
    "!_": lambda kinds: f"expected true or false behind !, got {kinds[0]}",
    "-_": lambda kinds: f"expected a number behind -, got {kinds[0]}",
    "@in": lambda kinds: f"{kinds[0]} cannot be looked for in {kinds[1]} by in",
    "_[_]": lambda kinds: f"{kinds[0]} has no entry for {kinds[1]}; lists have numbers",
    "_?_:_": lambda kinds: (
        "expected true or false before ? and two values of one type behind it, "
        f"got {kinds[0]}, {kinds[1]} and {kinds[2]}"
    ),
}


def _operator(function: str) -> str | None:
    found = _BINARY.fullmatch(function)
    return None if found is None else found[1]


def _kind(name: str) -> str:
    """A type in words, as the library calls it in brackets."""
    words = _TYPES.get(name) or _KINDS.get(name.partition("(")[0])
    return f"{words} ({name})" if words else name


def _split(types: str) -> list[str]:
    """`map(string, int), int` -> both of them."""
    found, depth = [""], 0
    for one in types:
        depth += (one == "(") - (one == ")")
        if one == "," and not depth:
            found.append("")
        else:
            found[-1] += one
    return [one.strip() for one in found]


def _misspelt(syntax: re.Match[str]) -> str:
    """What was expected where the text stops to be a condition, and what is there."""
    token = syntax["token"]
    if token is not None:
        return _unread(token)
    if syntax["odd"] is not None:
        return f"expected a condition, {_near(syntax['odd'])}"
    if syntax["missing"] is not None:
        return f"expected {syntax['missing']} {_near(syntax['at'])}"
    if "IDENTIFIER" in syntax["expected"]:
        expected = "a value, such as a name, a number or a text in quotes,"
    elif syntax["expected"] == _END:
        expected = "the end, or && or || before what follows,"
    else:
        expected = " or ".join(syntax["expected"].strip("{}").split(", "))
    return f"expected {expected} {_near(syntax['got'])}{_instead(syntax['got'])}"


def _unread(token: str) -> str:
    if token.startswith(("'", '"')):
        return f"expected a text that ends with the quote it starts with, near {token}"
    return f"expected no such character, near {token.strip()!r}{_instead(token.strip())}"


def _near(got: str) -> str:
    return "at the end of the condition" if got == _END else f"near {got!r}"


def _instead(got: str) -> str:
    written = _WRITTEN.get(got)
    return "" if written is None else f"; write {written} instead"
