"""Runtime expressions (Arazzo 1.1.0, Runtime Expressions): from text to a sum type."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, TypeAlias

from msgspec import Struct

from arazzoc.diagnostics import did_you_mean, nearest
from arazzoc.expressions.errors import ExpressionError
from arazzoc.expressions.pointer import format_pointer, parse_accessors, parse_pointer

Message: TypeAlias = Literal["request", "response", "message"]
Tokens: TypeAlias = tuple[str, ...]

ROOTS = (
    "$url",
    "$method",
    "$statusCode",
    "$self",
    "$request",
    "$response",
    "$message",
    "$inputs",
    "$outputs",
    "$steps",
    "$workflows",
    "$sourceDescriptions",
    "$components",
)


class Url(Struct, frozen=True):
    """`$url`"""


class Method(Struct, frozen=True):
    """`$method`"""


class StatusCode(Struct, frozen=True):
    """`$statusCode`"""


class SelfUri(Struct, frozen=True):
    """`$self`"""


class Header(Struct, frozen=True):
    """`$request.header.<token>`, `$response.header.<token>`: the name's letter case does not matter."""

    message: Message
    name: str


class Query(Struct, frozen=True):
    """`$request.query.<name>`"""

    message: Message
    name: str


class Path(Struct, frozen=True):
    """`$request.path.<name>`"""

    message: Message
    name: str


class Body(Struct, frozen=True):
    """`$request.body#/…`, `$response.body#/…`, `$message.payload#/…`.

    `has_length` marks the dialect of `.length` at the end, which is not a part of the pointer (AMB-60).
    """

    message: Message
    pointer: Tokens
    has_length: bool = False


class Inputs(Struct, frozen=True):
    """`$inputs.<name>#/…`; `name` is everything before the pointer, and split when names are bound.

    `is_whole`, here and in what follows, marks the object without a name, which is a dialect (AMB-57).
    """

    name: str
    pointer: Tokens
    is_whole: bool = False


class Outputs(Struct, frozen=True):
    """`$outputs.<name>#/…`"""

    name: str
    pointer: Tokens
    is_whole: bool = False


class Steps(Struct, frozen=True):
    """`$steps.<step>.outputs.<name>#/…`; `is_short` marks the dialect `$steps.<step>.<name>` (AMB-58)."""

    step: str
    name: str
    pointer: Tokens
    is_short: bool = False
    is_whole: bool = False


class Workflows(Struct, frozen=True):
    """`$workflows.<workflow>.inputs.<name>#/…` or `….outputs.…`"""

    workflow: str
    field: Literal["inputs", "outputs"]
    name: str
    pointer: Tokens
    is_whole: bool = False


class SourceDescriptions(Struct, frozen=True):
    """`$sourceDescriptions.<name>.<reference>`"""

    source: str
    reference: str


class Components(Struct, frozen=True):
    """`$components.<kind>.<name>`"""

    kind: str
    name: str


ValueExpression: TypeAlias = (
    Url
    | Method
    | StatusCode
    | SelfUri
    | Header
    | Query
    | Path
    | Body
    | Inputs
    | Outputs
    | Steps
    | Workflows
    | SourceDescriptions
)
"""The expressions that name a value by themselves; a component's value may contain further expressions."""
Expression: TypeAlias = ValueExpression | Components


class Parsed(NamedTuple):
    """An expression, and its form in the specification's grammar if the text is a dialect."""

    expression: Expression
    rewrite: str | None = None


_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_HEADER = re.compile(rf"headers?\[(['\"])({_TOKEN.pattern})\1\]")
_STRICT = re.compile(r"[A-Za-z0-9_\-]+")
# The id of a step or workflow: other characters are told (ARZ108), and still name it (Arazzo 1.0.1: name = *CHAR).
_ID = re.compile(r"""[^\s{}$#/"'](?:[^{}$#/"']*[^\s{}$#/"'])?""")
_ROOT = re.compile(r"\$[A-Za-z]*")
_SIMPLE: dict[str, Expression] = {
    "$url": Url(),
    "$method": Method(),
    "$statusCode": StatusCode(),
    "$self": SelfUri(),
}

SIMPLE_ROOTS = tuple(_SIMPLE)


def root_of(text: str) -> str:
    """Return the leading `$word` of a text, or ''."""
    match = _ROOT.match(text)
    return match[0] if match else ""


def spelled(expression: ValueExpression) -> str:
    """Return an expression that reads from a request or response, as the specification writes it."""
    match expression:
        case Header(message=message, name=name):
            return f"${message}.header.{name}"
        case Query(message=message, name=name):
            return f"${message}.query.{name}"
        case Path(message=message, name=name):
            return f"${message}.path.{name}"
        case Body(message=message, pointer=pointer, has_length=has_length):
            return f"${message}.body{f'#{format_pointer(pointer)}' if pointer else ''}{'.length' if has_length else ''}"
        case Url() | Method():
            return f"${type(expression).__name__.lower()}"
        case _:
            return "$statusCode"


def parse_expression(text: str) -> Parsed:
    """Parse a whole string as a runtime expression.

    Dialects that real documents use (`$response.body.id`, `$response.headers.X`) are accepted, with a rewrite (AMB-19).

    Raises:
        ExpressionError: the string is not a runtime expression.
    """
    root = root_of(text)
    for index, char in enumerate(text):
        if char in "{}":
            is_braced = text.startswith("{$") and text.endswith("}") and not set("{}") & set(text[1:-1])
            help = f"write {text[1:-1]}" if is_braced else None
            raise ExpressionError(f"{char!r} is not allowed in a runtime expression", index, 1, help)
    if text in _SIMPLE:
        return Parsed(_SIMPLE[text])
    if root not in ROOTS:
        raise _unknown_root(text, root)
    rest = text[len(root) :]
    if root in _SIMPLE:
        raise ExpressionError(f"nothing may follow {root}", len(root), len(rest))
    if root in _WHOLE and (not rest or rest.startswith("#/")):
        return Parsed(_WHOLE[root]("", _pointer(rest, len(root)), is_whole=True))
    if not rest.startswith(".") or len(rest) < 2:
        raise ExpressionError(f"{root} is not followed by '.' and a name", len(root), max(1, len(rest)))
    try:
        return _PARSERS[root](rest[1:])
    except ExpressionError as error:
        if error.is_whole:
            raise ExpressionError(error.message, 0, len(text), error.help) from None
        raise error.shifted(len(root) + 1) from None


def _pointer(text: str, offset: int) -> Tokens:
    """The JSON Pointer after a `#`; none in an empty text."""
    try:
        return parse_pointer(text[1:])
    except ExpressionError as error:
        raise error.shifted(offset + 1) from None


def _unknown_root(text: str, root: str) -> ExpressionError:
    """The error for a root that is misspelled or in the wrong letter case (AMB-27)."""
    if not root:
        help = f"write ${text}" if root_of(f"${text}") in ROOTS else None
        return ExpressionError("the runtime expression does not begin with '$'", 0, max(1, len(text)), help)
    near = nearest(root, ROOTS)
    help = did_you_mean(root, near) if near else f"an expression starts with one of: {', '.join(ROOTS)}"
    return ExpressionError(f"'{root}' does not start an Arazzo expression", 0, len(root), help)


def _message(message: Message, text: str) -> Parsed:
    kind, dot, name = text.partition(".")
    bracketed = _HEADER.fullmatch(text)
    if bracketed is not None:
        return Parsed(Header(message, bracketed[2]), f"${message}.header.{bracketed[2]}")
    if kind in ("header", "headers"):
        match = _TOKEN.fullmatch(name)
        if not dot or match is None:
            raise ExpressionError("the header name is missing or not valid", len(kind), max(1, len(name)))
        rewrite = f"${message}.header.{name}" if kind == "headers" else None
        return Parsed(Header(message, name), rewrite)
    if kind == "query" and dot:
        return Parsed(Query(message, name))
    if kind == "path" and dot:
        return Parsed(Path(message, name))
    for word in ("body", "payload"):
        if text.startswith(word):
            return _body(message, word, text[len(word) :])
    name = re.sub(r"\W.*", "", text, flags=re.S)
    near = nearest(name, ("header", "query", "path", "body", "payload"))
    is_status = message == "response" and kind.lower() in ("status", "statuscode", "status_code", "code")
    raise ExpressionError(
        f"'{kind}' is not a part of a {message}",
        0,
        max(1, len(kind)),
        "write $statusCode" if is_status else f"write ${message}.{near + text[len(name) :] if near else 'body'}",
        is_whole=True,
    )


def _body(message: Message, word: str, rest: str) -> Parsed:
    if not rest:
        return Parsed(Body(message, ()))
    if rest.startswith("#"):
        pointer = rest[1:]
        slash = "" if not pointer or pointer.startswith("/") else "/"
        try:
            tokens = parse_pointer(f"{slash}{pointer}")
        except ExpressionError as error:
            raise error.shifted(len(word) + 1 - len(slash)) from None
        return Parsed(Body(message, tokens), f"${message}.{word}#/{pointer}" if slash else None)
    try:
        tokens = parse_accessors(rest)
    except ExpressionError as error:
        error = error.shifted(len(word))
        is_pointer = re.fullmatch(r"(?:/[\w.~-]+)+", rest) is not None
        error.help = f"write ${message}.{word}#{rest if is_pointer else '/name/0, a JSON Pointer'}"
        error.is_whole = is_pointer
        raise error from None
    if rest.endswith(".length"):
        return Parsed(Body(message, tokens[:-1], has_length=True))
    return Parsed(Body(message, tokens), f"${message}.{word}#{format_pointer(tokens)}")


def _named(text: str) -> tuple[str, Tokens]:
    """Split a name and the JSON Pointer after `#`."""
    name, hash_sign, pointer = text.partition("#")
    if not name:
        raise ExpressionError("the name is missing")
    if not hash_sign:
        return name, ()
    try:
        return name, parse_pointer(pointer)
    except ExpressionError as error:
        raise error.shifted(len(name) + 1) from None


_WHOLE_OUTPUTS = re.compile(r"([^#]+?)\.(inputs|outputs)(#/.*)?", re.S)


def _steps(text: str) -> Parsed:
    step, word, name = text.partition(".outputs.")
    whole = _WHOLE_OUTPUTS.fullmatch(text)
    if not word and whole is not None and whole[2] == "outputs" and _ID.fullmatch(whole[1]):
        return Parsed(Steps(whole[1], "", _pointer(whole[3] or "", whole.start(3)), is_whole=True))
    is_short = not word
    if is_short:
        step, _, name = text.partition(".")
        word = "" if name.partition(".")[0] in ("outputs", "inputs", "output", "input", "") else "."
    if not _ID.fullmatch(step) or not word:
        singular, _, rest = name.partition(".")
        meant = f"{step}.outputs.{rest}" if singular == "output" and rest else "<stepId>.outputs.<name>"
        message, is_sure = "this does not name an output of a step", "<" not in meant
        raise ExpressionError(message, 0, len(text), f"write $steps.{meant}", is_whole=is_sure)
    try:
        return Parsed(Steps(step, *_named(name), is_short))
    except ExpressionError as error:
        raise error.shifted(len(text) - len(name)) from None


def _workflows(text: str) -> Parsed:
    field = min(("inputs", "outputs"), key=lambda word: text.find(f".{word}.") % (len(text) + 1))
    whole = _WHOLE_OUTPUTS.fullmatch(text)
    if whole is not None and _ID.fullmatch(whole[1]):
        kind: Literal["inputs", "outputs"] = "inputs" if whole[2] == "inputs" else "outputs"
        return Parsed(Workflows(whole[1], kind, "", _pointer(whole[3] or "", whole.start(3)), is_whole=True))
    workflow, word, name = text.partition(f".{field}.")
    if not _ID.fullmatch(workflow) or not word:
        raise ExpressionError(
            "this does not name an input or output of a workflow",
            0,
            len(text),
            "write $workflows.<workflowId>.outputs.<name> or .inputs.<name>",
        )
    try:
        named = _named(name)
    except ExpressionError as error:
        raise error.shifted(len(text) - len(name)) from None
    return Parsed(Workflows(workflow, "inputs" if field == "inputs" else "outputs", *named))


def _sources(text: str) -> Parsed:
    source, dot, reference = text.partition(".")
    if not _STRICT.fullmatch(source) or not dot or not reference:
        raise ExpressionError(
            "this does not name anything of a source", 0, len(text), "write $sourceDescriptions.<name>.<reference>"
        )
    return Parsed(SourceDescriptions(source, reference))


def _components(text: str) -> Parsed:
    kinds = ("parameters", "successActions", "failureActions")
    kind, dot, name = text.partition(".")
    if kind not in kinds or not dot or not name:
        near = nearest(kind, kinds)
        help = did_you_mean(kind, near) if near and near != kind else f"the kinds are: {', '.join(kinds)}"
        raise ExpressionError(
            f"'{kind}' is not a kind of component that an expression can name", 0, max(1, len(kind)), help
        )
    return Parsed(Components(kind, name))


def _request(text: str) -> Parsed:
    return _message("request", text)


def _response(text: str) -> Parsed:
    return _message("response", text)


def _asynchronous(text: str) -> Parsed:
    return _message("message", text)


def _inputs(text: str) -> Parsed:
    return Parsed(Inputs(*_named(text)))


def _outputs(text: str) -> Parsed:
    return Parsed(Outputs(*_named(text)))


_PARSERS = {
    "$request": _request,
    "$response": _response,
    "$message": _asynchronous,
    "$inputs": _inputs,
    "$outputs": _outputs,
    "$steps": _steps,
    "$workflows": _workflows,
    "$sourceDescriptions": _sources,
    "$components": _components,
}


_WHOLE: dict[str, type[Inputs] | type[Outputs]] = {"$inputs": Inputs, "$outputs": Outputs}


_STEP_OUTPUT = re.compile(r"\$steps\.([^{}$#/]+?)\.outputs\.([^{}$#\s]*)")


def step_outputs_in(text: str) -> list[tuple[str, str]]:
    """Find the outputs of steps that a text of any kind reads: the stepId, and what follows `.outputs.`."""
    return _STEP_OUTPUT.findall(text)


_STEP_REFERENCE = re.compile(
    r"(?:\$workflows\.([^{}$#/]+?)|(\$sourceDescriptions\.[A-Za-z0-9_\-]+\.[^{}$#/]+?))\.steps\.([^{}$#/]+)"
)


def parse_step_reference(text: str) -> tuple[str | None, str] | None:
    """Parse an item of `dependsOn` to a workflow and a step; None if it is not valid (Arazzo 1.1.0, Step Object).

    The workflow is a workflowId, or `$sourceDescriptions.<name>.<workflowId>`, or None for that of the step itself.
    """
    if not text.startswith("$"):
        return (None, text) if text else None
    found = _STEP_REFERENCE.fullmatch(text)
    return (found[1] or found[2], found[3]) if found is not None else None
