"""JSONPath to Python: a query becomes a comprehension, a test an expression."""

from __future__ import annotations

from collections.abc import Sequence

from arazzoc.emit.quote import Code, literal
from arazzoc.expressions import jsonpath as jp
from arazzoc.expressions.errors import ExpressionError
from arazzoc.expressions.regex import translate_iregexp
from arazzoc.runtime.jsonpath import compare


class JsonPathCode:
    """Compiles the queries of one context: `root` is the code of `$`, `holes` that of embedded expressions."""

    def __init__(self, root: str, holes: Sequence[str] = ()) -> None:
        self.root, self.holes = root, holes
        self.depth = 0

    def nodelist(self, query: jp.Query, current: str = "") -> Code:
        """The nodelist of a query, as a list."""
        if not query.segments:
            return Code(f"[{self._start(query, current)}]")
        found = self._single(query, current)
        if found is not None:
            return found if found.startswith("named_descendants(") else Code(f"list({found})")
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
            return Code(self._nodes(selector, node, ""))
        return Code(f"named_descendants({node}, {literal(selector.name)})") if isinstance(selector, jp.Name) else None

    def selected(self, query: jp.Query, current: str = "") -> Code:
        """Whether the query selects anything."""
        if query.is_singular:
            return Code(f"{self.value(query, current)} is not MISSING")
        clauses, _ = self._clauses(query, current)
        return Code(f"any(True {clauses})")

    def value(self, query: jp.Query, current: str = "") -> Code:
        """The value of a singular query, or MISSING."""
        code = self._start(query, current)
        for segment in query.segments:
            selector = segment.selectors[0]
            if isinstance(selector, jp.Name):
                code = f"member({code}, {literal(selector.name)})"
            elif isinstance(selector, jp.Index):
                code = f"element({code}, {selector.index})"
        return Code(code)

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
                clauses.append(f"for {variable} in named_descendants({node}, {literal(segment.selectors[0].name)})")
                node = variable
                continue
            if segment.descendant:
                inner = self._variable("node")
                clauses.append(f"for {inner} in descendants({node})")
                node = inner
            variable = self._variable("item")
            clauses.append(self._selection(segment.selectors, node, variable))
            node = variable
        self.depth = before
        return " ".join(clauses), node

    def _selection(self, selectors: tuple[jp.Selector, ...], node: str, variable: str) -> str:
        if len(selectors) == 1:
            selector = selectors[0]
            if isinstance(selector, jp.Filter):
                return f"for {variable} in children({node}) if {self.test(selector.test, variable)}"
            return f"for {variable} in {self._nodes(selector, node, variable)}"
        parts = ", ".join(f"*{self._nodes(s, node, variable)}" for s in selectors)
        return f"for {variable} in ({parts})"

    def _nodes(self, selector: jp.Selector, node: str, variable: str) -> str:
        match selector:
            case jp.Name(name=name):
                return f"named({node}, {literal(name)})"
            case jp.Wildcard():
                return f"children({node})"
            case jp.Index(index=index):
                return f"indexed({node}, {index})"
            case jp.Slice(start=start, stop=stop, step=step):
                return f"sliced({node}, {start}, {stop}, {step})"
            case jp.Filter(test=test):
                return f"[{variable} for {variable} in children({node}) if {self.test(test, variable)}]"

    def replaced(self, query: jp.Query, document: str, value: str) -> Code:
        """A call that sets a value wherever the query selects something; the root is called `document`."""
        if not query.segments:
            return Code(value)
        last = query.segments[-1]
        holders = jp.Query(query.root, query.segments[:-1])
        found = self.nodelist(holders)
        if last.descendant:
            found = Code(f"[node for holder in {found} for node in descendants(holder)]")
        selectors = ", ".join(self._selector(s) for s in last.selectors)
        return Code(f"replaced_all({document}, lambda {self.root}: {found}, {value}, {selectors})")

    def _selector(self, selector: jp.Selector) -> str:
        match selector:
            case jp.Name(name=name):
                return literal(name)
            case jp.Wildcard():
                return "None"
            case jp.Index(index=index):
                return str(index)
            case jp.Slice(start=start, stop=stop, step=step):
                return f"slice({start}, {stop}, {step})"
            case jp.Filter(test=test):
                return f"lambda item: {self.test(test, 'item')}"

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
                    return Code(f"{self.value(item.query, current)} is MISSING")
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
            return literal(compare(test.operator, test.left.value, test.right.value))
        left, right = self.operand(test.left, current), self.operand(test.right, current)
        match test.operator:
            case "==" | "!=":
                return self._equality(test, left, right)
            case "<":
                return Code(f"below({left}, {right})")
            case ">":
                return Code(f"below({right}, {left})")
            case operator:
                return Code(f"compare({literal(operator)}, {left}, {right})")

    def _equality(self, test: jp.Compare, left: str, right: str) -> Code:
        """Plain `==` and `is` where Python's meaning is that of RFC 9535."""
        negated = test.operator == "!="
        for operand, constant in ((left, test.right), (right, test.left)):
            if isinstance(constant, jp.Text):
                return Code(f"{left} {test.operator} {right}")
            if isinstance(constant, jp.Constant):
                if isinstance(constant.value, str):
                    return Code(f"{operand} {test.operator} {literal(constant.value)}")
                if constant.value is None or isinstance(constant.value, bool):
                    return Code(f"{operand} {'is not' if negated else 'is'} {literal(constant.value)}")
        return Code(f"{'not ' if negated else ''}equal({left}, {right})")

    def operand(self, operand: jp.Comparable, current: str = "") -> str:
        """A value within a comparison or function call."""
        match operand:
            case jp.Constant(value=value):
                return literal(value)
            case jp.Hole(index=index):
                return self.holes[index]
            case jp.Text(parts=parts):
                return " + ".join(
                    f"text({self.holes[p.index]})" if isinstance(p, jp.Hole) else literal(p) for p in parts
                )
            case jp.Size(query=query):
                return f"size({self.value(query, current)})"
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
                return Code(f"first({self.nodelist(first, current)})")
            case "length":
                return Code(f"length({self.operand(first, current)})")
            case "match" | "search":
                return self._pattern(call, current)

    def _pattern(self, call: jp.Call, current: str) -> Code:
        name = "matches" if call.function == "match" else "contains"
        value, pattern = call.arguments
        if isinstance(pattern, jp.Constant):
            if not isinstance(pattern.value, str):
                return Code("False")
            try:
                translated = translate_iregexp(pattern.value)
            except ExpressionError:
                return Code("False")
            return Code(f"{name}({literal(translated)}, {self.operand(value, current)})")
        return Code(f"{name}_dynamic({self.operand(pattern, current)}, {self.operand(value, current)})")
