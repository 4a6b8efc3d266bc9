"""Static types against schemas: what of an object or a list that an expression gives can never fit."""

from __future__ import annotations

from arazzoc import rules
from arazzoc import types as t
from arazzoc.check.kinds import articled, kinds_of_type
from arazzoc.diagnostics import Rule, quoted
from arazzoc.openapi.alternatives import alternatives, kinds, says_nothing
from arazzoc.openapi.document import Node
from arazzoc.openapi.facts import Facts, facts_of, listed_values

_MAX_DEPTH = 6


def part_of_type(type: t.Type, pointer: tuple[str | int, ...], table: t.TypeTable) -> t.Type:
    """The type of what is at a JSON Pointer in a value of a type; any where that is not known."""
    for token in pointer:
        kinds = [item for item in t.alternatives(type) if item != t.NULL]
        only = kinds[0] if len(kinds) == 1 else t.ANYTHING
        definition = table.definitions.get(only.key) if isinstance(only, t.Named) else None
        if isinstance(only, t.Array) and str(token).isdigit():
            type = only.item
        elif isinstance(only, t.Mapping):
            type = only.value
        elif isinstance(definition, t.Record):
            type = next((f.type for f in definition.fields if f.name == str(token)), t.ANYTHING)
        else:
            return t.ANYTHING
    return type


def typed_fault(type: t.Type, facts: Facts, what: str, table: t.TypeTable, depth: int = 0) -> tuple[Rule, str] | None:
    """Why no value of a type fits an alternative of a schema, as far as lists have items; None where one may fit."""
    faults = [_fault(item, facts, what, table, depth) for item in t.alternatives(t.required(type))]
    return faults[0] if None not in faults else None


def _fault(type: t.Type, facts: Facts, what: str, table: t.TypeTable, depth: int) -> tuple[Rule, str] | None:
    found, values = kinds_of_type(type, table), table.enum(type)
    if found is None or depth > _MAX_DEPTH:
        return None
    wanted = set(facts.kinds)
    if wanted & {"integer", "number"}:
        wanted |= {"integer", "number"}  # a number may be a whole one
    if not found & wanted:
        return rules.SENT_TYPE, f"{what} is {articled(found)}, and the schema wants {articled(facts.kinds)}"
    if values is not None and facts.values is not None and not any(v in facts.values for v in values):
        return rules.SENT_VALUE, f"{what} is one of {listed_values(list(values))}, none of which the schema lists"
    definition = table.definitions.get(type.key) if isinstance(type, t.Named) else None
    if isinstance(type, t.Array) and not facts.first and facts.rest is not None:
        return _of_schema(type.item, facts.rest, f"an item of {what}", table, depth)
    if isinstance(definition, t.Record) and definition.key not in table.open_records:
        return _of_record(definition, facts, what, table, depth)
    return None


def _of_record(record: t.Record, facts: Facts, what: str, table: t.TypeTable, depth: int) -> tuple[Rule, str] | None:
    fields = {field.name: field for field in record.fields}
    missing = [name for name in facts.required if name not in fields and must_be_sent(name, facts)]
    if missing and fields:
        listed = " and ".join(map(quoted, sorted(missing)))
        return rules.LACKS_PROPERTY, f"{what} must have {listed}, and is declared without"
    for name, schema in facts.properties.items():
        if name in fields and fields[name].required:
            fault = _of_schema(fields[name].type, schema, f"{quoted(name)} of {what}", table, depth)
            if fault is not None:
                return fault
    return None


def _of_schema(type: t.Type, schema: Node, what: str, table: t.TypeTable, depth: int) -> tuple[Rule, str] | None:
    options = [option for option in alternatives(schema) if kinds(option) != ("null",)]
    if says_nothing(schema) or not options or type == t.NULL:
        return None
    faults = [typed_fault(type, facts_of(option, schema.at), what, table, depth + 1) for option in options]
    return faults[0] if None not in faults else None


def must_be_sent(name: str, facts: Facts) -> bool:
    """Whether a required member must be given: it has no default, and is not only read."""
    schema = facts.properties.get(name)
    if schema is None:
        return True
    fields = [node.fields for alternative in alternatives(schema) for node in alternative]
    return not any("default" in each or each.get("readOnly") is True for each in fields)
