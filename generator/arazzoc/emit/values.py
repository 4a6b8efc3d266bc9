"""Values and conditions of the IR to Python expressions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct, field

from arazzoc import ir
from arazzoc import types as t
from arazzoc.analysis.choice import last_resort
from arazzoc.analysis.fold import fold
from arazzoc.emit.jsonpath import JsonPathCode, json_comparison
from arazzoc.emit.quote import NO_CODE, Code, fragment, literal, preferred_quote
from arazzoc.emit.uses import Uses
from arazzoc.emit.views import ActionView
from arazzoc.expressions import jsonpath as jp

_TEXT_FUNCTIONS = {"none": "text_of", "json": "json_text", "xml": "xml_text", "form": "url_text"}
_ORDERINGS = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


class Spellings(Struct, frozen=True):
    """How some place of the module spells what it has: values by name, outputs of the present step, and those of the
    workflow that it runs.
    """

    known: Mapping[ir.Value, str]
    type_of: Callable[[ir.Value], t.Type]
    is_optional_input: Callable[[ir.Value], bool]
    keeps_null: Callable[[ir.Value], bool]
    own_output: Callable[[str], Code]
    inner_outputs: Mapping[str, Code] = field(default_factory=dict[str, Code])


def pointer_arguments(pointer: tuple[str | int, ...]) -> str:
    """The tokens of a pointer as arguments; those that can be an index as numbers."""
    tokens: list[str] = []
    for token in pointer:
        text = str(token)
        is_index = text == "0" or (text.isascii() and text.isdigit() and text[0] != "0" and len(text) < 10)
        tokens.append(text if is_index else literal(text))
    return ", ".join(tokens)


def grouped_members(items: list[tuple[str, str]], uses: Uses) -> Code:
    """An object of members, each with the function that leaves it out where it is absent, or ''."""
    groups: list[tuple[str, list[str]]] = []
    for function, pair in items:
        if not groups or groups[-1][0] != function:
            groups.append((function, []))
        groups[-1][1].append(pair)
    codes = [(function, f"{{{', '.join(pairs)}}}") for function, pairs in groups]
    if len(codes) == 1 and codes[0][0]:
        return uses.call(*codes[0])
    return Code("{" + ", ".join(f"**{uses.call(f, c)}" if f else c[1:-1] for f, c in codes) + "}")


class Expressions:
    """Writes values and conditions in the terms of one place; `read` are the named values that it has written."""

    def __init__(self, names: Spellings, uses: Uses) -> None:
        self.names, self.uses = names, uses
        self.read: set[ir.Value] = set()

    # Values

    def raw(self, value: ir.Value) -> Code:
        """The name of a value; an input that may be null is ABSENT where it is not given."""
        self.read.add(value)
        return Code(self.names.known[value])

    def value(self, value: ir.Value) -> Code:
        """The expression that gives a value."""
        if not isinstance(value, ir.Constant | ir.Object | ir.List | ir.Replaced) and value in self.names.known:
            code = self.raw(value)
            return self.uses.call("given", code) if self.names.keeps_null(value) else code
        match value:
            case ir.Constant(value=constant):
                return literal(constant)
            case ir.OwnOutput(name=name):
                return self.names.own_output(name)
            case ir.StatusCode():
                return Code("exchange.status_or_none")
            case ir.RequestUrl():
                return Code("exchange.url")
            case ir.RequestHeader(name=name):
                return Code(f"exchange.request_header({literal(name)})")
            case ir.ResponseHeader(name=name):
                return Code(f"exchange.header({literal(name)})")
            case ir.ResponseBody():
                return Code("exchange.body")
            case ir.AtPointer(base=ir.ResponseBody(), pointer=pointer):
                return Code(f"exchange.at({pointer_arguments(pointer)})")
            case ir.AtPointer(base=base, pointer=pointer):
                return self.uses.call("at", self.value(base), pointer_arguments(pointer))
            case ir.Size(value=inner, member=member):
                size = self.uses.call("size_of", self.value(inner))
                named = self.value(member) if member is not None else size
                return Code(f"({named} if {named} is not None else {size})") if named != size else size
            case ir.Text():
                return self._text(value)
            case ir.Form(members=members):
                return self._form(members)
            case ir.Object(members=members):
                return self._object(members)
            case ir.List(items=items):
                return Code(f"[{', '.join(self.value(item) for item in items)}]")
            case ir.Selection(base=base, query=query, holes=holes):
                return self._selection(base, query, holes)
            case ir.XPathSelection(base=base, expression=expression, version=version):
                return self.uses.call("xpath_value", self.value(base), literal(expression), _xpath_version(version))
            case ir.Replaced(base=base, replacements=replacements):
                return self._replaced(base, replacements)
            case ir.CalledOutput(name=name):
                return self.names.inner_outputs[name]
            case ir.Input() | ir.StepOutput() | ir.WorkflowOutput() | ir.WorkflowInput():
                raise AssertionError(f"{value} has no name here")

    def _text(self, value: ir.Text) -> Code:
        """Text with values in it: an f-string, where nothing in it would end one."""
        parts = [(part, NO_CODE if isinstance(part, str) else self.value(part)) for part in value.parts]
        functions = self._text_functions(value)
        if any(set('"\\{') & set(code) for _, code in parts):
            codes = (
                literal(part) if isinstance(part, str) else self.uses.call(function, code)
                for (part, code), function in zip(parts, functions, strict=True)
            )
            return Code(" + ".join(codes))
        quote = preferred_quote("".join(part for part in value.parts if isinstance(part, str)))
        pieces: list[str] = []
        for (part, code), function in zip(parts, functions, strict=True):
            if isinstance(part, str):
                pieces.append(fragment(part, quote))
            elif value.escape == "none" and self.names.type_of(part) == t.STRING:
                pieces.append(f"{{{code}}}")
            else:
                pieces.append(f"{{{self.uses.call(function, code)}}}")
        return Code(f"f{quote}{''.join(pieces)}{quote}")

    def _form(self, members: tuple[tuple[ir.Value | None, ir.Text], ...]) -> Code:
        """The text of a form, without the members whose value is None."""
        codes: list[str] = []
        for value, text in members:
            code = (
                self.value(text)
                if any(not isinstance(p, str) for p in text.parts)
                else literal("".join(map(str, text.parts)))
            )
            codes.append(f"None if {self.value(value)} is None else {code}" if value is not None else code)
        return Code(f'"&".join(filter(None, ({", ".join(codes)},)))')

    def _text_functions(self, value: ir.Text) -> Iterator[str]:
        """The function that writes each part; in JSON and GraphQL one within quotes is a part of a string."""
        is_quoted = False
        for part in value.parts:
            if isinstance(part, str):
                is_quoted ^= len(re.findall(r'(?<!\\)(?:\\\\)*"', part)) % 2 == 1
            is_whole = value.escape == "json" and not is_quoted
            escape = value.escape if value.escape != "graphql" else "json" if is_quoted else "none"
            yield "json_of" if is_whole else _TEXT_FUNCTIONS[escape]

    def members(self, value: ir.Value) -> Code:
        """An object for something that leaves out absent members itself."""
        if not isinstance(value, ir.Object):
            return self.value(value)
        return Code("{" + ", ".join(f"{literal(name)}: {self.value(item)}" for name, item in value.members) + "}")

    def _object(self, members: tuple[tuple[str, ir.Value], ...]) -> Code:
        """An object; members that are optional inputs are left out when absent."""
        items: list[tuple[str, str]] = []
        for name, item in members:
            keeps_null = self.names.keeps_null(item)
            function = "present" if self.names.is_optional_input(item) else ""
            code = self.raw(item) if keeps_null else self.value(item)
            items.append(("without_absent" if keeps_null else function, f"{literal(name)}: {code}"))
        return grouped_members(items, self.uses)

    def _json_path(self, root: str, holes: tuple[ir.Value, ...] = ()) -> JsonPathCode:
        return JsonPathCode(root, self.uses, [self.value(hole) for hole in holes])

    def _selection(self, base: ir.Value, query: jp.Query, holes: tuple[ir.Value, ...]) -> Code:
        code = self._json_path(self.value(base), holes)
        return self.uses.call("none_if_missing", code.value(query)) if query.is_singular else code.nodelist(query)

    def _replaced(self, base: ir.Value, replacements: tuple[ir.Replacement, ...]) -> Code:
        code = self.value(base)
        if not any(isinstance(r.target, str) for r in replacements):
            code = self.uses.call("deepcopy", code)
        for replacement in replacements:
            value = self.value(replacement.value)
            match replacement.target:
                case tuple() as pointer:
                    code = self.uses.call("replaced", code, value, pointer_arguments(pointer))
                case jp.Query() as query:
                    code = self._json_path("document").replaced(query, code, value)
                case path:
                    element, _, attribute = path.partition("/@")
                    version = _xpath_version(replacement.version or "xpath-31")
                    code = self.uses.call("replaced_xml", code, literal(element), literal(attribute), version, value)
        return code

    # Conditions

    def condition(self, condition: ir.Condition) -> Code:
        """The expression that tells whether a condition holds."""
        match condition:
            case ir.Always(holds=result):
                return literal(result)
            case ir.Truth(value=value):
                if self.names.type_of(value) == t.Boolean():
                    return self.value(value)
                return self.uses.call("truthy", self.value(value))
            case ir.Compare(left=ir.Constant(), right=ir.Constant()):
                return literal(fold(condition, {}))
            case ir.Compare(rules="jsonpath"):
                return self._strict(condition)
            case ir.Compare():
                return self._loose(condition)
            case ir.JsonPathHolds(context=context, path=path, holes=holes):
                code = self._json_path(self.value(context), holes)
                return code.selected(path) if isinstance(path, jp.Query) else code.test(path)
            case ir.Matches(context=context, pattern=pattern):
                parts = [literal(p) if isinstance(p, str) else self._escaped(p) for p in pattern]
                return self.uses.call("found", " + ".join(parts), self.value(context))
            case ir.XPathHolds(context=context, expression=expression, version=version, values=values):
                named = [f"{literal(condition.variable(n))}: {self.value(v)}" for n, v in enumerate(values)]
                arguments = [f"{{{', '.join(named)}}}"] if named else []
                fixed = self.value(context), literal(expression), _xpath_version(version)
                return self.uses.call("xpath_holds", *fixed, *arguments)
            case ir.Negation(item=item):
                return self.negated(item)
            case ir.All(items=items):
                return self._all(items)
            case ir.Either(items=items):
                return self._any(items)

    def _escaped(self, value: ir.Value) -> Code:
        return Code(f"{self.uses.name('re')}.escape({self.uses.call('text_of', self.value(value))})")

    def _all(self, items: tuple[ir.Condition, ...]) -> Code:
        """All of several conditions, each once; two bounds of the status are one range."""
        bounds = [(item, *bound) for item in items if (bound := self._bound_of_status(item)) is not None]
        lower = next((bound for bound in bounds if bound[1] in (">", ">=")), None)
        upper = next((bound for bound in bounds if bound[1] in ("<", "<=")), None)
        joined: list[ir.Condition] = []
        codes: list[str] = []
        if lower is not None and upper is not None:
            joined = [lower[0], upper[0]]
            codes = [f"{lower[2]} {_ORDERINGS[lower[1]]} exchange.status_code {upper[1]} {upper[2]}"]
        others = (item for item in items if not any(item is one for one in joined))
        codes += [self._grouped(item, ir.Either) for item in others]
        return Code(" and ".join(dict.fromkeys(codes)))

    def _bound_of_status(self, item: ir.Condition) -> tuple[str, Code] | None:
        """The operator and the number of a condition that bounds the status, as Python writes it after the status."""
        if not isinstance(item, ir.Compare) or item.operator not in _ORDERINGS or not self._is_status(item):
            return None
        if isinstance(item.left, ir.StatusCode):
            return item.operator, self.value(item.right)
        return _ORDERINGS[item.operator], self.value(item.left)

    def _any(self, items: tuple[ir.Condition, ...]) -> Code:
        """Any of several conditions, each once; those that compare one value with constants are one test."""
        return Code(" or ".join(dict.fromkeys(self._one_of(group) for group in self._alternatives(items))))

    def _alternatives(self, items: tuple[ir.Condition, ...]) -> list[list[ir.Condition]]:
        """Conditions in groups: the equalities of one value with constants are together."""
        groups: dict[object, list[ir.Condition]] = {}
        for item in items:
            key: object = item
            if isinstance(item, ir.Compare) and (self._has_plain(item) or self._is_loose_equality(item)):
                key = item.left, item.rules, self._has_plain(item)
            groups.setdefault(_hashable(key), []).append(item)
        return list(groups.values())

    def _one_of(self, items: list[ir.Condition], word: str = "in") -> Code:
        """One condition, or several equalities of the same value with constants: `in` them, or `not in`."""
        compares = [(item.left, item.right) for item in items if isinstance(item, ir.Compare)]
        constants = dict.fromkeys(literal(right.value) for _, right in compares if isinstance(right, ir.Constant))
        if len(constants) < 2:
            return self.condition(items[0])
        if self._has_plain(items[0]):
            return Code(f"{self._plain_operand(compares[0][0])} {word} ({', '.join(constants)})")
        return self.uses.call("same", self.value(compares[0][0]), *constants)

    def _is_loose_equality(self, compare: ir.Compare) -> bool:
        """Whether a comparison is an equality with a constant by the rules of simple conditions."""
        is_constant = isinstance(compare.right, ir.Constant) and compare.right.value is not None
        return compare.rules == "simple" and compare.operator == "==" and is_constant

    def _has_plain(self, compare: ir.Condition) -> bool:
        """Whether an equality with a constant is Python's own `==`."""
        if not isinstance(compare, ir.Compare) or not isinstance(compare.right, ir.Constant):
            return False
        if compare.operator != "==" or isinstance(compare.left, ir.Constant):
            return False
        constant = compare.right.value
        if compare.rules == "jsonpath":
            return isinstance(constant, str)
        return constant is not None and self._is_plain(compare.left, constant)

    def _grouped(self, item: ir.Condition, looser: type) -> str:
        code = self.condition(item)
        is_logical = isinstance(item, ir.JsonPathHolds) and isinstance(item.path, jp.Or)
        return f"({code})" if (isinstance(item, looser) and " or " in code) or is_logical else code

    def negated(self, condition: ir.Condition) -> Code:
        """The expression that tells whether a condition does not hold."""
        match condition:
            case ir.Always(holds=result):
                return literal(not result)
            case ir.Negation(item=item):
                return self.condition(item)
            case ir.Compare(left=ir.Constant(), right=ir.Constant()):
                return literal(not fold(condition, {}))
            case ir.Compare(operator="==", left=left, right=right, rules=rules):
                return self.condition(ir.Compare("!=", left, right, rules))
            case ir.Compare(operator="!=", left=left, right=right, rules=rules):
                return self.condition(ir.Compare("==", left, right, rules))
            case ir.Either(items=items):
                first, *others = self._alternatives(items)
                if others:
                    return Code(f"not ({self._any(items)})")
                if len(first) == 1:
                    return self.negated(first[0])
                is_membership = self._has_plain(first[0])
                return self._one_of(first, "not in") if is_membership else Code(f"not {self._one_of(first)}")
            case ir.Truth() | ir.Matches() | ir.XPathHolds():
                return Code(f"not {self.condition(condition)}")
            case ir.JsonPathHolds(path=jp.Query() as path) if not path.is_singular:
                return Code(f"not {self.condition(condition)}")
            case ir.Compare(rules="simple") if not self._is_status(condition):
                code = self.condition(condition)
                return Code(f"not {code}" if code.endswith(")") else f"not ({code})")
            case ir.Compare(operator=">" | ">=" as operator, left=ir.StatusCode(), right=right) if self._is_status(
                condition
            ):
                return Code(f"exchange.status_code {'<' if operator == '>=' else '<='} {self.value(right)}")
            case _:
                return Code(f"not ({self.condition(condition)})")

    # Comparisons

    def _plain_operand(self, value: ir.Value) -> Code:
        """An operand of Python's own comparison: the status as a number, which is 0 where no response came."""
        return Code("exchange.status_code") if isinstance(value, ir.StatusCode) else self.value(value)

    def _is_plain(self, value: ir.Value, constant: object) -> bool:
        """Whether simple conditions compare a value with a constant as Python does."""
        if not isinstance(constant, int | float) or isinstance(constant, bool):
            return False
        type = t.required(self.names.type_of(value))
        return (isinstance(value, ir.StatusCode) and constant > 0) or type in (t.INTEGER, t.Number())

    def _is_status(self, compare: ir.Compare) -> bool:
        """Whether a comparison is one of the status with a number."""
        for value, other in ((compare.left, compare.right), (compare.right, compare.left)):
            if isinstance(value, ir.StatusCode) and isinstance(other, ir.Constant):
                return self._is_plain(value, other.value)
        return False

    def _loose(self, compare: ir.Compare) -> Code:
        """A comparison of simple conditions; plain Python where that means the same."""
        operator = compare.operator
        for value, other, turned in (
            (compare.left, compare.right, operator),
            (compare.right, compare.left, _ORDERINGS.get(operator, operator)),
        ):
            if isinstance(other, ir.Constant):
                plain = self._plain(value, turned, other.value)
                if plain is not None:
                    return plain
        left, right = self.value(compare.left), self.value(compare.right)
        match operator:
            case "==":
                return self.uses.call("same", left, right)
            case "!=":
                return Code(f"not {self.uses.call('same', left, right)}")
            case "<":
                return self.uses.call("less", left, right)
            case "<=":
                return self.uses.call("less_or_equal", left, right)
            case ">":
                return self.uses.call("less", right, left)
            case ">=":
                return self.uses.call("less_or_equal", right, left)

    def _plain(self, value: ir.Value, operator: str, constant: object) -> Code | None:
        """A comparison with a constant as Python writes it, where that means the same."""
        if constant is None and operator in ("==", "!="):
            return Code(f"{self.value(value)} {'is not' if operator == '!=' else 'is'} None")
        if not self._is_plain(value, constant) or not isinstance(constant, int | float):
            return None
        operand, number = self._plain_operand(value), literal(constant)
        if operator in ("==", "!="):
            return Code(f"{operand} {operator} {number}")
        if not isinstance(value, ir.StatusCode):
            return None  # a response need not keep to its schema, and Python orders no text and number
        return Code(f"{'0 < ' if operator in ('<', '<=') else ''}{operand} {operator} {number}")

    def _strict(self, compare: ir.Compare) -> Code:
        """A comparison by the rules of RFC 9535, a missing member being nothing."""
        operator = compare.operator
        for value, constant in ((compare.left, compare.right), (compare.right, compare.left)):
            if operator not in ("==", "!=") or not isinstance(constant, ir.Constant):
                continue
            word = "is" if operator == "==" else "is not"
            if constant.value is None:
                return Code(f"{self._or_missing(value)} {word} None")
            if isinstance(constant.value, bool):
                return Code(f"{self.value(value)} {word} {literal(constant.value)}")
            if isinstance(constant.value, str):
                return Code(f"{self.value(value)} {operator} {literal(constant.value)}")
        return json_comparison(self.uses, operator, self._or_missing(compare.left), self._or_missing(compare.right))

    def _or_missing(self, value: ir.Value) -> str:
        """A value that tells null from nothing, for comparisons in which that matters."""
        if isinstance(value, ir.AtPointer):
            code = self.value(value.base)
            for token in value.pointer:
                text = str(token)
                is_index = text.isdigit()
                function = "element_of" if is_index else "member_of"
                code = self.uses.call(function, code, text if is_index else literal(text))
            return code
        return self.value(value)


def action_views(
    edges: tuple[ir.Edge, ...],
    expressions: Expressions,
    outputs: Callable[[ir.Edge], Code] = lambda _: NO_CODE,
    *,
    has_response: bool = True,
) -> tuple[ActionView, ...]:
    """Actions in order, up to one that is taken whenever it is reached; some bring outputs of a failed step along."""
    views: list[ActionView] = []
    last = last_resort(edges, has_response=has_response)
    for edge in edges:
        condition = _taken(edge, expressions) if edge is not last else NO_CODE
        views.append(ActionView(literal(edge.name), condition, outputs(edge)))
        if edge is last:
            break
    return tuple(views)


def _taken(edge: ir.Edge, expressions: Expressions) -> Code:
    """Whether an action is taken where it is reached: its criteria hold, and it has a retry left."""
    tests = tuple(criterion.test for criterion in edge.when)
    code = expressions.condition(tests[0] if len(tests) == 1 else ir.All(tests))
    if not isinstance(edge.then, ir.Retry):
        return code
    left = f"{literal(edge.key)} not in exhausted"
    if not tests:
        return Code(left)
    is_open = len(tests) == 1 and isinstance(tests[0], ir.Either) and " or " in code
    return Code(f"{left} and {f'({code})' if is_open else code}")


def _hashable(key: object) -> object:
    """A key for a dictionary: constants of JSON objects cannot be hashed."""
    try:
        hash(key)
    except TypeError:
        return id(key)
    return key


def _xpath_version(version: str) -> Code:
    """A version of the Expression Type Object that the support knows."""
    return literal(version if version in ("xpath-10", "xpath-20", "xpath-30") else "xpath-31")
