"""Static types to annotations, and the definitions of the named ones."""

from __future__ import annotations

from collections.abc import Iterable

from arazzoc import types as t
from arazzoc.emit.names import Names, pascal_case
from arazzoc.emit.quote import Code, literal

MAX_DEFINITIONS = 40

_PLAIN: dict[type, Code] = {
    t.Anything: Code("Any"),
    t.Null: Code("None"),
    t.Boolean: Code("bool"),
    t.Integer: Code("int"),
    t.Number: Code("float"),
    t.String: Code("str"),
    t.Bytes: Code("bytes"),
    t.FileContent: Code("FileContent"),
}


class TypeNames:
    """The annotations of a module, and the names of its enums and records."""

    def __init__(self, table: t.TypeTable, used: Iterable[t.Type], names: Names) -> None:
        self.table = table
        self.names: dict[str, str] = {}
        self.definitions: list[t.Definition] = []
        for type in used:
            reached = table.reachable([type])
            # A response that drags in half an API is described as plain objects.
            if len(reached) > MAX_DEFINITIONS:
                continue
            for definition in reached:
                if definition.key not in self.names:
                    self.names[definition.key] = names.add(pascal_case(definition.name))
                    self.definitions.append(definition)

    def annotation(self, type: t.Type) -> Code:
        """The annotation of a type."""
        match type:
            case t.Literal(values=values):
                return Code(f"Literal[{', '.join(literal(v) for v in values)}]")
            case t.Array(item=item):
                return Code(f"list[{self.annotation(item)}]")
            case t.Mapping(value=value):
                return Code(f"dict[str, {self.annotation(value)}]")
            case t.Named(key=key):
                if key in self.names:
                    return Code(self.names[key])
                return Code("Any" if isinstance(self.table.definitions.get(key), t.Enum) else "dict[str, Any]")
            case t.Union(items=items):
                return Code(" | ".join(dict.fromkeys(self.annotation(item) for item in items)))
            case _:
                return _PLAIN[type.__class__]

    def definition(self, definition: t.Definition) -> Code:
        """The statement that defines a named type."""
        name = self.names[definition.key]
        if isinstance(definition, t.Enum):
            values = ", ".join(literal(v) for v in definition.values)
            return Code(f"{name}: TypeAlias = Literal[{values}]")
        fields = [(f.name, self._field(f)) for f in definition.fields]
        if all(n.isidentifier() and not _is_keyword(n) and not n.startswith("__") for n, _ in fields):
            body = "\n".join(f"    {n}: {code}" for n, code in fields) or "    pass"
            return Code(f"class {name}(TypedDict):\n{body}")
        # Names that are no identifiers need the call form, whose types are evaluated: quoted, for what comes later.
        members = ", ".join(f"{literal(n)}: {literal(code)}" for n, code in fields)
        return Code(f"{name} = TypedDict({literal(name)}, {{{members}}})")

    def _field(self, field: t.RecordField) -> Code:
        annotation = self.annotation(field.type)
        return annotation if field.required else Code(f"NotRequired[{annotation}]")


def _is_keyword(name: str) -> bool:
    import keyword

    return keyword.iskeyword(name)
