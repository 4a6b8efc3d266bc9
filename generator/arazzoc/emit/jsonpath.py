"""JSONPath to Python: a query becomes a comprehension, a test an expression."""

from __future__ import annotations

from collections.abc import Sequence

from arazzoc.analysis.fold import compare
from arazzoc.emit.quote import Code, literal
from arazzoc.emit.uses import Uses
from arazzoc.expressions import jsonpath as jp
from arazzoc.expressions.errors import ExpressionError
from arazzoc.expressions.regex import translate_iregexp


class JsonPathCode:
    """Compiles the queries of one context: `root` is the code of `$`, `holes` that of embedded expressions."""

    def __init__(self, root: str, uses: Uses, holes: Sequence[str] = ()) -> None:
        self.root, self.uses, self.holes = root, uses, holes
        self.depth = 0

    def nodelist(self, query: jp.Query, current: str = "") -> Code:
        """The nodelist of a query, as a list."""
        if not query.segments:
            return Code(f"[{self._start(query, current)}]")
        found = self._single(query, current)
        if found is not None:
            return Code(f"list({found})") if found.startswith("children_of(") else found
        clauses, node = self._clauses(query, current)
        return Code(f"[{node} {clauses}]")

    def _single(self, query: jp.Query, current: str) -> Code | None:
        """The call that gives all nodes of a query which is plain but for its last segment."""
        holder, last = jp.Query(query.root, query.segments[:-1]), query.segments[-1]
        selector = last.selectors[0]
        if not holder.is_singular or last.selectors[1:] or isinstance(selector, jp.Filter):
            return None
        node = self.value(holder, current)
        if not last.descendant:
            return self._nodes(last.selectors, node)
        return (
            self.uses.call("descendants_named", node, literal(selector.name)) if isinstance(selector, jp.Name) else None
        )

    def selected(self, query: jp.Query, current: str = "") -> Code:
        """Whether the query selects anything."""
        if query.is_singular:
            return Code(f"{self.value(query, current)} is not {self.uses.name('MISSING')}")
        clauses, _ = self._clauses(query, current)
        return Code(f"any(True {clauses})")

    def value(self, query: jp.Query, current: str = "") -> Code:
        """The value of a singular query, or MISSING."""
        code = self._start(query, current)
        for segment in query.segments:
            code = self._child(segment.selectors[0], code)
        return Code(code)

    def _child(self, selector: jp.Selector, node: str) -> Code:
        """The child that a name or an index takes, or MISSING."""
        if isinstance(selector, jp.Index):
            return self.uses.call("element_of", node, str(selector.index))
        if isinstance(selector, jp.Chosen):
            return self.uses.call(
                "member_of" if isinstance(selector.key, jp.Text) else "element_of", node, self._key(selector)
            )
        assert isinstance(selector, jp.Name)
        return self.uses.call("member_of", node, literal(selector.name))

    def _key(self, selector: jp.Chosen) -> str:
        """The name or the index that an expression gives."""
        key = self.operand(selector.key)
        return key if isinstance(selector.key, jp.Text) else self.uses.call("index_of", key)

    def _start(self, query: jp.Query, current: str) -> str:
        return self.root if query.root == "$" else current or self.root

    def _variable(self, stem: str) -> str:
        self.depth += 1
        return stem if self.depth == 1 else f"{stem}{self.depth}"

    def _clauses(self, query: jp.Query, current: str) -> tuple[str, str]:
        """The `for` clauses of a comprehension over the query's nodes, and the variable that holds a node."""
        node = self._start(query, current)
        segments = list(query.segments)
        while segments and jp.Query("$", (segments[0],)).is_singular and len(segments) > 1:
            node = self.value(jp.Query("@", (segments.pop(0),)), node)
        clauses: list[str] = []
        before = self.depth
        for segment in segments:
            if segment.descendant and len(segment.selectors) == 1 and isinstance(segment.selectors[0], jp.Name):
                variable = self._variable("item")
                found = self.uses.call("descendants_named", node, literal(segment.selectors[0].name))
                clauses.append(f"for {variable} in {found}")
                node = variable
                continue
            if segment.descendant:
                inner = self._variable("node")
                clauses.append(f"for {inner} in {self.uses.call('descendants_of', node)}")
                node = inner
            variable = self._variable("item")
            clauses.append(self._selection(segment.selectors, node, variable))
            node = variable
        self.depth = before
        return " ".join(clauses), node

    def _selection(self, selectors: tuple[jp.Selector, ...], node: str, variable: str) -> str:
        last = selectors[-1]
        if len(selectors) == 1 and isinstance(last, jp.Filter):
            return f"for {variable} in {self._children(node)} if {self.test(last.test, variable)}"
        if len(selectors) == 1 and isinstance(last, jp.Name | jp.Index | jp.Chosen):
            is_there = f"{variable} is not {self.uses.name('MISSING')}"
            return f"for {variable} in ({self._child(last, node)},) if {is_there}"
        return f"for {variable} in {self._nodes(selectors, node, variable)}"

    def _nodes(self, selectors: tuple[jp.Selector, ...], node: str, variable: str = "item") -> Code:
        if selectors == (jp.Wildcard(),):
            return self._children(node)
        return self.uses.call("nodes_of", node, *(self._selector(s, variable) for s in selectors))

    def _children(self, node: str) -> Code:
        return self.uses.call("children_of", node)

    def replaced(self, query: jp.Query, document: str, value: str) -> Code:
        """A call that sets a value wherever the query selects something; the root is called `document`."""
        if not query.segments:
            return Code(value)
        last = query.segments[-1]
        holders = jp.Query(query.root, query.segments[:-1])
        found = self.nodelist(holders)
        if last.descendant:
            found = Code(f"[node for holder in {found} for node in {self.uses.call('descendants_of', 'holder')}]")
        selectors = ", ".join(self._selector(s, "item") for s in last.selectors)
        return self.uses.call("replaced_all", document, f"lambda {self.root}: {found}", value, selectors)

    def _selector(self, selector: jp.Selector, variable: str) -> str:
        """A selector as `keys_of` takes it."""
        match selector:
            case jp.Name(name=name):
                return literal(name)
            case jp.Wildcard():
                return "None"
            case jp.Index(index=index):
                return str(index)
            case jp.Chosen():
                return self._key(selector)
            case jp.Slice(start=start, stop=stop, step=step):
                return f"slice({start}, {stop}, {step})"
            case jp.Filter(test=test):
                return f"lambda {variable}: {self.test(test, variable)}"

    # Tests

    def test(self, test: jp.Test, current: str = "") -> Code:
        """A logical expression; `current` is the code of `@`."""
        match test:
            case jp.Or(items=items):
                return Code(" or ".join(self.test(item, current) for item in items))
            case jp.And(items=items):
                return Code(" and ".join(self._grouped(item, current) for item in items))
            case jp.Not(item=item):
                if isinstance(item, jp.Exists) and item.query.is_singular:
                    return Code(f"{self.value(item.query, current)} is {self.uses.name('MISSING')}")
                return Code(f"not ({self.test(item, current)})")
            case jp.Exists(query=query):
                return self.selected(query, current)
            case jp.Holds(call=call):
                return self._function(call, current)
            case jp.Compare():
                return self._compare(test, current)

    def _grouped(self, test: jp.Test, current: str) -> str:
        code = self.test(test, current)
        return f"({code})" if isinstance(test, jp.Or) else code

    def _compare(self, test: jp.Compare, current: str) -> Code:
        if isinstance(test.left, jp.Constant) and isinstance(test.right, jp.Constant):
            return literal(compare(test.operator, test.left.value, test.right.value, "jsonpath"))
        left, right = self.operand(test.left, current), self.operand(test.right, current)
        return self._plain_equality(test, left, right) or json_comparison(self.uses, test.operator, left, right)

    def _plain_equality(self, test: jp.Compare, left: str, right: str) -> Code | None:
        """Plain `==` and `is` where Python's meaning is that of RFC 9535."""
        if test.operator not in ("==", "!="):
            return None
        word = "is not" if test.operator == "!=" else "is"
        for operand, constant in ((left, test.right), (right, test.left)):
            if isinstance(constant, jp.Text):
                return Code(f"{left} {test.operator} {right}")
            if isinstance(constant, jp.Constant):
                if isinstance(constant.value, str):
                    return Code(f"{operand} {test.operator} {literal(constant.value)}")
                if constant.value is None or isinstance(constant.value, bool):
                    return Code(f"{operand} {word} {literal(constant.value)}")
        return None

    def operand(self, operand: jp.Comparable, current: str = "") -> str:
        """A value within a comparison or function call."""
        match operand:
            case jp.Constant(value=value):
                return literal(value)
            case jp.Hole(index=index):
                return self.holes[index]
            case jp.Text(parts=parts):
                return " + ".join(
                    self.uses.call("text_of", self.holes[p.index]) if isinstance(p, jp.Hole) else literal(p)
                    for p in parts
                )
            case jp.Size(query=query):
                return self.uses.call("size_of", self.value(query, current))
            case jp.Query():
                return self.value(operand, current)
            case jp.Call():
                return self._function(operand, current)

    def _function(self, call: jp.Call, current: str) -> Code:
        first = call.arguments[0]
        match call.function:
            case "count":
                assert isinstance(first, jp.Query)
                found = self._single(first, current) if first.segments else None
                return Code(f"len({found or self.nodelist(first, current)})")
            case "value":
                assert isinstance(first, jp.Query)
                return self.uses.call("only_value", self.nodelist(first, current))
            case "length":
                return self.uses.call("length_of", self.operand(first, current))
            case "match" | "search":
                return self._pattern(call, current)

    def _pattern(self, call: jp.Call, current: str) -> Code:
        name = "fully_matches" if call.function == "match" else "partly_matches"
        value, pattern = call.arguments
        if isinstance(pattern, jp.Constant):
            if not isinstance(pattern.value, str):
                return Code("False")
            try:
                constant = literal(translate_iregexp(pattern.value))
            except ExpressionError:
                return Code("False")
            return self.uses.call(name, constant, self.operand(value, current))
        translated = self.uses.call("pattern_of", self.operand(pattern, current))
        return self.uses.call(name, translated, self.operand(value, current))


def json_comparison(uses: Uses, operator: str, left: str, right: str) -> Code:
    """A comparison by the rules of RFC 9535 of two values of which nothing is known."""
    match operator:
        case "==":
            return uses.call("json_equal", left, right)
        case "!=":
            return Code(f"not {uses.call('json_equal', left, right)}")
        case "<":
            return uses.call("json_less", left, right)
        case ">":
            return uses.call("json_less", right, left)
        case "<=":
            return uses.call("json_at_most", left, right)
        case _:
            return uses.call("json_at_most", right, left)
