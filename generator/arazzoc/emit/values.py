"""Values and conditions of the IR to Python expressions."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct, field

from arazzoc import ir
from arazzoc import types as t
from arazzoc.analysis.fold import fold
from arazzoc.emit.jsonpath import JsonPathCode
from arazzoc.emit.quote import Code, fragment, literal, preferred_quote
from arazzoc.expressions import jsonpath as jp

_TEXT_FUNCTIONS = {"none": "text", "json": "json_text", "xml": "xml_text", "form": "url_text"}


class Names(Struct, frozen=True):
    """How a place of the module spells what it has: values by name, and outputs of the present step and of the workflow
    that it calls.
    """

    known: Mapping[ir.Value, str]
    type_of: Callable[[ir.Value], t.Type]
    is_optional_input: Callable[[ir.Value], bool]
    own_outputs: Mapping[str, Code]
    called_outputs: Mapping[str, Code] = field(default_factory=dict[str, Code])


def pointer_arguments(pointer: tuple[str | int, ...]) -> str:
    """The tokens of a pointer as arguments; those that can be an index as numbers."""
    tokens: list[str] = []
    for token in pointer:
        text = str(token)
        is_index = text == "0" or (text.isascii() and text.isdigit() and text[0] != "0" and len(text) < 10)
        tokens.append(text if is_index else literal(text))
    return ", ".join(tokens)


class Expressions:
    """Writes values and conditions in the terms of one place."""

    def __init__(self, names: Names) -> None:
        self.names = names

    # Values

    def value(self, value: ir.Value) -> Code:
        """The expression that gives a value."""
        if not isinstance(value, ir.Constant | ir.Object | ir.List | ir.Replaced) and value in self.names.known:
            return Code(self.names.known[value])
        match value:
            case ir.Constant(value=constant):
                return literal(constant)
            case ir.OwnOutput(name=name):
                return self.names.own_outputs[name]
            case ir.StatusCode():
                return Code("exchange.status_code")
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
                return Code(f"at({self.value(base)}, {pointer_arguments(pointer)})")
            case ir.Size(value=inner):
                return Code(f"size({self.value(inner)})")
            case ir.Text():
                return self._text(value)
            case ir.Object(members=members):
                return self._object(members)
            case ir.List(items=items):
                return Code(f"[{', '.join(self.value(item) for item in items)}]")
            case ir.Selection(base=base, query=query, holes=holes):
                return self._selection(base, query, holes)
            case ir.XPathSelection(base=base, expression=expression, version=version):
                return Code(f"xpath_value({self.value(base)}, {literal(expression)}, {xpath_parser(version)})")
            case ir.Replaced(base=base, replacements=replacements):
                return self._replaced(base, replacements)
            case ir.CalledOutput(name=name):
                return self.names.called_outputs[name]
            case ir.Input() | ir.StepOutput() | ir.DependencyOutput():
                raise AssertionError(f"{value} has no name here")

    def _text(self, value: ir.Text) -> Code:
        function = _TEXT_FUNCTIONS[value.escape]
        pieces: list[tuple[bool, str]] = []
        for part in value.parts:
            if isinstance(part, str):
                pieces.append((True, part))
                continue
            code = self.value(part)
            is_text = value.escape == "none" and self.names.type_of(part) in (t.STRING,)
            pieces.append((False, code if is_text else f"{function}({code})"))
        if all(is_literal or ('"' not in code and "\\" not in code and "{" not in code) for is_literal, code in pieces):
            quote = preferred_quote("".join(code for is_literal, code in pieces if is_literal))
            parts = (fragment(code, quote) if is_literal else f"{{{code}}}" for is_literal, code in pieces)
            return Code(f"f{quote}{''.join(parts)}{quote}")
        return Code(" + ".join(literal(code) if is_literal else code for is_literal, code in pieces))

    def _object(self, members: tuple[tuple[str, ir.Value], ...]) -> Code:
        """An object; members that are optional inputs stand in `present`, which leaves them out when absent."""
        items: list[str] = []
        for name, item in members:
            pair = f"{literal(name)}: {self.value(item)}"
            items.append(f"**present({{{pair}}})" if self.names.is_optional_input(item) else pair)
        return Code(f"{{{', '.join(items)}}}")

    def _selection(self, base: ir.Value, query: jp.Query, holes: tuple[ir.Value, ...]) -> Code:
        code = JsonPathCode(self.value(base), [self.value(h) for h in holes])
        if query.is_singular:
            return Code(f"none_if_missing({code.value(query)})")
        return code.nodelist(query)

    def _replaced(self, base: ir.Value, replacements: tuple[ir.Replacement, ...]) -> Code:
        has_xml = any(isinstance(r.target, str) for r in replacements)
        code = self.value(base) if has_xml else Code(f"copied({self.value(base)})")
        for replacement in replacements:
            value = self.value(replacement.value)
            match replacement.target:
                case tuple() as pointer:
                    arguments = ", ".join(a for a in (code, value, pointer_arguments(pointer)) if a)
                    code = Code(f"replaced({arguments})")
                case jp.Query() as query:
                    code = JsonPathCode("document").replaced(query, code, value)
                case path:
                    element, _, attribute = path.partition("/@")
                    parser = xpath_parser(replacement.version or "xpath-31")
                    code = Code(f"replaced_xml({code}, {literal(element)}, {literal(attribute)}, {parser}, {value})")
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
                return Code(f"holds({self.value(value)})")
            case ir.Compare(left=ir.Constant(), right=ir.Constant()):
                return literal(fold(condition, {}))
            case ir.Compare(rules="jsonpath"):
                return self._strict(condition)
            case ir.Compare():
                return self._loose(condition)
            case ir.JsonPathHolds(context=context, path=path, holes=holes):
                code = JsonPathCode(self.value(context), [self.value(h) for h in holes])
                return code.selected(path) if isinstance(path, jp.Query) else code.test(path)
            case ir.Matches(context=context, pattern=pattern):
                parts = [literal(p) if isinstance(p, str) else f"re.escape(text({self.value(p)}))" for p in pattern]
                return Code(f"found({' + '.join(parts)}, {self.value(context)})")
            case ir.XPathHolds(context=context, expression=expression, version=version):
                return Code(f"xpath_holds({self.value(context)}, {self.value(expression)}, {xpath_parser(version)})")
            case ir.Negation(item=item):
                return self.negated(item)
            case ir.All(items=items):
                return Code(" and ".join(self._grouped(item, ir.Either) for item in items))
            case ir.Either(items=items):
                return Code(" or ".join(self.condition(item) for item in items))

    def _grouped(self, item: ir.Condition, looser: type) -> str:
        code = self.condition(item)
        is_logical = isinstance(item, ir.JsonPathHolds) and isinstance(item.path, jp.Or)
        return f"({code})" if isinstance(item, looser) or is_logical else code

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
            case ir.Truth() | ir.Matches() | ir.XPathHolds() | ir.Compare(rules="simple"):
                return Code(f"not {self.condition(condition)}")
            case ir.JsonPathHolds(path=jp.Query() as path) if not path.is_singular:
                return Code(f"not {self.condition(condition)}")
            case _:
                return Code(f"not ({self.condition(condition)})")

    def _loose(self, compare: ir.Compare) -> Code:
        """A comparison of simple conditions; plain Python where that means the same."""
        left, right = self.value(compare.left), self.value(compare.right)
        match compare.operator:
            case "==" | "!=" as operator:
                for value, code, other in ((compare.left, left, compare.right), (compare.right, right, compare.left)):
                    if isinstance(other, ir.Constant):
                        plain = self._plain_equality(value, code, operator, other)
                        if plain is not None:
                            return plain
                return Code(f"{'not ' if operator == '!=' else ''}same({left}, {right})")
            case "<":
                return Code(f"less({left}, {right})")
            case "<=":
                return Code(f"less_or_equal({left}, {right})")
            case ">":
                return Code(f"less({right}, {left})")
            case ">=":
                return Code(f"less_or_equal({right}, {left})")

    def _plain_equality(self, value: ir.Value, code: str, operator: str, constant: ir.Constant) -> Code | None:
        type = t.required(self.names.type_of(value))
        if constant.value is None:
            return Code(f"{code} {'is not' if operator == '!=' else 'is'} None")
        is_number = isinstance(constant.value, int | float) and not isinstance(constant.value, bool)
        if (is_number and isinstance(value, ir.StatusCode)) or (is_number and type in (t.INTEGER, t.Number())):
            return Code(f"{code} {operator} {literal(constant.value)}")
        return None

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
        left, right = self._or_missing(compare.left), self._or_missing(compare.right)
        match compare.operator:
            case "==":
                return Code(f"equal({left}, {right})")
            case "!=":
                return Code(f"not equal({left}, {right})")
            case "<":
                return Code(f"below({left}, {right})")
            case ">":
                return Code(f"below({right}, {left})")
            case operator:
                return Code(f"compare({literal(operator)}, {left}, {right})")

    def _or_missing(self, value: ir.Value) -> str:
        """A value that tells null from nothing, for comparisons in which that matters."""
        if isinstance(value, ir.AtPointer):
            code = self.value(value.base)
            for token in value.pointer:
                text = str(token)
                code = Code(f"element({code}, {text})" if text.isdigit() else f"member({code}, {literal(text)})")
            return code
        return self.value(value)


def xpath_parser(version: str) -> Code:
    """The name of elementpath's parser class for a version of the Expression Type Object."""
    return Code(
        {"xpath-10": "XPath1Parser", "xpath-20": "XPath2Parser", "xpath-30": "XPath30Parser"}.get(
            version, "XPath31Parser"
        )
    )
