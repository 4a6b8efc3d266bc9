"""The inputs of a workflow: a dataclass, and what turns JSON values into it."""

from __future__ import annotations

from typing import Any

from arazzoc import ir
from arazzoc import types as t
from arazzoc.emit.naming import ModuleNames
from arazzoc.emit.quote import Code, docstring, literal
from arazzoc.emit.types import TypeNames
from arazzoc.emit.uses import Uses
from arazzoc.emit.views import ClassView, FieldView, LocalView
from arazzoc.source import Json

_WHOLE = frozenset(("$ref", "allOf", "anyOf", "oneOf", "not", "if", "patternProperties", "additionalProperties"))
"""Keywords of a schema that look at members by their names, wherever those are declared."""


class InputsWriter:
    """Writes the inputs of one workflow."""

    def __init__(self, workflow: ir.Workflow, module: ModuleNames, types: TypeNames, uses: Uses) -> None:
        self.workflow, self.module, self.types, self.uses = workflow, module, types, uses
        self.names = module.workflows[workflow.id]

    def view(self, schema: LocalView | None = None, *, is_checked: bool = False) -> ClassView:
        """The class; with `is_checked` it has `from_dict`, which checks what the schema demands beyond the types."""
        self.uses.name("dataclass")
        restored = Code("")
        if is_checked:
            self.uses.name("Any", "Mapping", "Self")
            restored = self.uses.call("inputs_from_dict", "cls", "data", schema.name if schema is not None else "")
        fields = tuple(
            FieldView(self._field(field, is_checked), docstring(field.description, self.module.width))
            for field in self.workflow.inputs
        )
        text = f"What a run of {self.workflow.id} needs."
        return ClassView(Code(self.names.inputs_class), docstring(text, self.module.width), fields, restored)

    def _field(self, field: ir.InputField, is_checked: bool) -> Code:
        name = self.names.input_fields[field.name]
        is_optional = field.may_be_absent
        annotation = self.types.annotation(t.optional(field.type) if is_optional else field.type)
        options: list[str] = []
        if field.keeps_null:
            options.append("default=ABSENT")
        elif is_optional:
            options.append("default=None")
        elif field.has_default and isinstance(field.default, list | dict):
            options.append(f"default_factory=lambda: {self._default(field)}")
        elif field.has_default:
            options.append(f"default={literal(field.default)}")
        if field.secret:
            options.append("repr=False")
        if is_checked and name != field.name:
            options.append(f'metadata={{"name": {literal(field.name)}}}')
        if not options:
            return Code(f"{name}: {annotation}")
        if len(options) == 1 and options[0].startswith("default="):
            return Code(f"{name}: {annotation} = {options[0][8:]}")
        return Code(f"{name}: {annotation} = {self.uses.call('field', *options)}")

    def _default(self, field: ir.InputField) -> Code:
        """A list or an object; type checkers do not infer that an object is of a class for its members."""
        value = literal(field.default)
        if isinstance(field.default, list) or isinstance(t.required(field.type), t.Mapping | t.Anything):
            return value
        return self.uses.call("cast", literal(self.types.annotation(field.type)), value)

    def schema(self) -> LocalView | None:
        """What the JSON Schema of the inputs demands beyond the types of the fields, as a constant."""
        schema = self._beyond_types()
        if not schema:
            return None
        self.uses.name("Any", "Final", "Mapping")
        return LocalView(Code(self.names.inputs_schema), literal(schema))

    def _beyond_types(self) -> dict[str, Json]:
        schema: Any = self.workflow.schema
        if schema.__class__ is not dict:
            return {} if schema is True else {"not": {}}
        known = {field.name: field for field in self.workflow.inputs}
        required = {field.name for field in known.values() if field.required}
        properties: dict[str, Any] = dict(schema.get("properties", {}))
        needs_all = bool(_WHOLE & schema.keys())
        for name, inner in schema.get("properties", {}).items():
            if name in known and _is_said_by_type(inner, known[name].type, self.types.table):
                del properties[name]
        if needs_all:
            properties = {name: schema.get("properties", {}).get(name, True) for name in (*properties, *known)}
        rest = {k: v for k, v in schema.items() if k not in ("type", "properties", "required")}
        others = [name for name in schema.get("required", ()) if name not in required]
        if others:
            rest["required"] = others
        if properties:
            rest["properties"] = properties
        return rest if any(key != "$defs" for key in rest) else {}


def _is_said_by_type(schema: Json, type: t.Type, table: t.TypeTable) -> bool:
    """Whether a schema demands no more than generated code takes the type of a field for."""
    if isinstance(schema, dict) and schema.get("type") == "string" and "enum" in schema:
        schema = {word: value for word, value in schema.items() if word != "type"}
    return (True if schema == {} else schema) == _schema_of(type, table)


def _schema_of(type: t.Type, table: t.TypeTable) -> Json:
    """The schema that `inputs_from_dict` checks a field of a type with; None where it checks nothing."""
    plain: dict[t.Type, Json] = {
        t.STRING: {"type": "string"},
        t.INTEGER: {"type": "integer"},
        t.Number(): {"type": "number"},
        t.Boolean(): {"type": "boolean"},
        t.FileContent(): {"$file": True},
        t.ANYTHING: True,
        t.Mapping(t.ANYTHING): {"type": "object"},
    }
    if type in plain:
        return plain[type]
    if isinstance(type, t.Array):
        items = _schema_of(type.item, table)
        return {"type": "array", "items": items} if items is not True else {"type": "array"}
    values = table.enum(type)
    return {"enum": list(values)} if values is not None else None
