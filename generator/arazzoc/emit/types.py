"""Static types to annotations, and the definitions of the named ones."""

from __future__ import annotations

import keyword
import unicodedata

from arazzoc import types as t
from arazzoc.emit.names import Names, pascal_case
from arazzoc.emit.quote import Code, literal
from arazzoc.emit.uses import Uses

MAX_DEFINITIONS = 20

_PLAIN: dict[type, Code] = {
    t.Null: Code("None"),
    t.Boolean: Code("bool"),
    t.Integer: Code("int"),
    t.Number: Code("float"),
    t.String: Code("str"),
    t.Bytes: Code("bytes"),
}


class TypeNames:
    """The annotations of a module. Enums and records get their names when an annotation first needs them."""

    def __init__(self, table: t.TypeTable, names: Names, uses: Uses) -> None:
        self.table, self.taken, self.uses = table, names, uses
        self.names: dict[str, str] = {}
        self.shown: set[str] = set()
        self.definitions: list[t.Definition] = []

    def with_uses(self, uses: Uses) -> TypeNames:
        """The same names in another module; `shown` are those of which it has written one."""
        other = TypeNames(self.table, self.taken, uses)
        other.names, other.definitions = self.names, self.definitions
        return other

    def annotation(self, type: t.Type) -> Code:
        """The annotation of a type."""
        reached = self.table.reachable([type])
        # A response that drags in half an API is described as plain objects.
        for definition in reached if len(reached) <= MAX_DEFINITIONS else ():
            if definition.key not in self.names:
                self.names[definition.key] = self._name(pascal_case(definition.name))
                self.definitions.append(definition)
        return self._spelled(type)

    def _name(self, name: str) -> str:
        """A name for a type; that of something else is longer, that of another type has a number."""
        is_elses = name in self.taken.taken and name not in self.names.values()
        return self.taken.add(f"{name.rstrip('_')}Data" if is_elses else name)

    def _spelled(self, type: t.Type) -> Code:
        match type:
            case t.Literal(values=values):
                return Code(f"{self.uses.name('Literal')}[{', '.join(literal(v) for v in values)}]")
            case t.Array(item=item):
                return Code(f"list[{self._spelled(item)}]")
            case t.Mapping(value=value):
                return Code(f"dict[str, {self._spelled(value)}]")
            case t.Named(key=key):
                if key in self.names:
                    self.shown.add(self.names[key])
                    return Code(self.names[key])
                is_enum = isinstance(self.table.definitions.get(key), t.Enum)
                return self.uses.name("Any") if is_enum else Code(f"dict[str, {self.uses.name('Any')}]")
            case t.Union(items=items):
                return Code(" | ".join(dict.fromkeys(self._spelled(item) for item in items)))
            case t.Anything():
                return self.uses.name("Any")
            case t.FileContent():
                return self.uses.name("FileContent")
            case _:
                return _PLAIN[type.__class__]

    def definition(self, definition: t.Definition) -> Code:
        """The statement that defines a named type."""
        name = self.names[definition.key]
        if isinstance(definition, t.Enum):
            values = ", ".join(literal(v) for v in definition.values)
            return Code(f"{name}: {self.uses.name('TypeAlias')} = {self.uses.name('Literal')}[{values}]")
        fields = [(f.name, self._field(f)) for f in definition.fields]
        if all(map(_can_be_field, (n for n, _ in fields))):
            body = "\n".join(f"    {n}: {code}" for n, code in fields) or "    pass"
            return Code(f"class {name}({self.uses.name('TypedDict')}):\n{body}")
        # Names that are no identifiers need the call form, whose types are evaluated: quoted, for what comes later.
        members = ", ".join(f"{literal(n)}: {literal(code)}" for n, code in fields)
        return Code(f"{name} = {self.uses.name('TypedDict')}({literal(name)}, {{{members}}})")

    def _field(self, field: t.RecordField) -> Code:
        annotation = self._spelled(field.type)
        return annotation if field.required else Code(f"{self.uses.name('NotRequired')}[{annotation}]")


def _can_be_field(name: str) -> bool:
    """Whether a name means itself in the body of a class: Python changes private ones, and those not in NFKC."""
    is_plain = name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("__")
    return is_plain and unicodedata.normalize("NFKC", name) == name
