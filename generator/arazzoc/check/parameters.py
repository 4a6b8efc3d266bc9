"""Rules of what a step passes: the values of parameters, and of the inputs of a workflow, against their schemas."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from msgspec.structs import replace

from arazzoc import ir, rules
from arazzoc import types as t
from arazzoc.analysis.fold import admitted_statuses
from arazzoc.arazzo import model
from arazzoc.check.fitting import Fitting, report_faults
from arazzoc.diagnostics import Report, quoted
from arazzoc.openapi.alternatives import admits_null, alternatives
from arazzoc.openapi.document import Node
from arazzoc.openapi.operations import Operation, ParameterSpec
from arazzoc.openapi.security import requirements
from arazzoc.resolve import ResolvedStep, ResolvedWorkflow
from arazzoc.source import Location

KEYED = ("POST", "PATCH")
_REFUSALS = frozenset((*range(400, 500), 503))
"""Statuses with which nothing has been done (RFC 9110, sections 15.5 and 15.6.4)."""


def check_parameters(
    call: ir.HttpCall, resolved: ResolvedStep, operation: Operation, fitting: Fitting, report: Report
) -> None:
    """Report values that the schemas of the parameters do not admit (OpenAPI 3.1.1, Parameter Object)."""
    fitting = replace(fitting, is_text=True, whole="the value")
    for parameter in resolved.parameters:
        spec, argument = _spec(operation, parameter), _argument(call, parameter)
        if spec is None or argument is None or "value" not in _fields(parameter.value_at):
            continue
        where = f"{resolved.step.label}, {spec.location} parameter {quoted(parameter.name)}"
        if argument.value == ir.Constant(None) and parameter.value is None:
            if not spec.required and (spec.schema is None or not admits_null(spec.schema)):
                what = f"{where}: its value is null, so it is not sent"
                report.add(rules.SENT_TYPE, parameter.value_at, what, help="give it a value, or remove it")
            continue
        if spec.location == "path" and argument.value == ir.Constant(""):
            what = f"{where}: its value is empty, so the path of the request has nothing in its place"
            report.add(rules.SENT_LIMIT, parameter.value_at, what, help="give it a value")
            continue
        if spec.schema is not None:
            of_spec = fitting if spec.content_type is None else replace(fitting, is_text=False)
            report_faults(of_spec.faults(argument.value, spec.schema, parameter.value_at), where, report)
        if spec.required and fitting.may_be_absent(argument.value):
            what = f"{where} is required, and its value is an input that may be absent: then the step fails"
            report.add(rules.OPTIONAL_INPUT, parameter.value_at, what, help="require the input, or give it a default")


def check_deprecated(resolved: ResolvedStep, operation: Operation, report: Report) -> None:
    """Tell what of an operation is deprecated (OpenAPI 3.1.1, `deprecated`)."""
    step = resolved.step
    if operation.is_deprecated:
        field = "operationId" if step.operation_id is not None else "operationPath"
        what = f"{step.label}: {operation.method} {operation.path} is deprecated"
        report.add(rules.DEPRECATED, step.at / field, what)
    for parameter in resolved.parameters:
        spec = _spec(operation, parameter)
        if spec is not None and spec.node.fields.get("deprecated") is True:
            what = f"{step.label}: the {spec.location} parameter {quoted(spec.name)} is deprecated"
            report.add(rules.DEPRECATED, parameter.at, what)
    payload = step.request_body.payload if step.request_body is not None else None
    contents = operation.request_contents
    schema = next(iter(contents.values())).get("schema") if contents else None
    if isinstance(payload, dict) and schema is not None and step.request_body is not None:
        for name, node in _properties(schema):
            if name in payload and node.fields.get("deprecated") is True:
                at = (step.request_body.at / "payload" / name).key
                report.add(rules.DEPRECATED, at, f"{step.label}: the property {quoted(name)} is deprecated")


def check_security(resolved: ResolvedStep, operation: Operation, report: Report, told: set[str]) -> None:
    """Report security schemes that an operation names and the document does not define, each once."""
    root = operation.document.root
    owner = operation.node if "security" in operation.node.fields else root
    alternatives = list(owner.items("security"))
    known = root.get("components", "securitySchemes") or root.get("securityDefinitions")
    for name in (name for alternative in alternatives for name in alternative.fields):
        if (known is None or name not in known.fields) and name not in told and not requirements(operation):
            told.add(name)
            what = (
                f"{resolved.step.label}: {operation.method} {operation.path} wants the security scheme {quoted(name)}"
            )
            message = f"{what}, which {operation.document.source.path} does not define; no credentials are sent"
            report.add(rules.UNDEFINED_SCHEME, resolved.step.at / "stepId", message)


def has_key(call: ir.HttpCall, step: ir.Step) -> bool:
    """Whether a request can be sent again without doing twice what it does, or says by a key that it is the same."""
    is_keyed = step.idempotency_key or any("idempotency" in header.name.lower() for header in call.headers)
    return call.method not in KEYED or is_keyed


def check_retried(
    call: ir.HttpCall, step: ir.Step, resolved: ResolvedStep, report: Report, told: set[Location]
) -> None:
    """Tell, once for each action, that a request which is not idempotent is sent again (RFC 9110, section 9.2.2)."""
    if has_key(call, step):
        return
    for edge, action in zip(step.on_failure, resolved.on_failure, strict=False):
        statuses = admitted_statuses(list(edge.when))
        if action.at in told or action.type != "retry":
            continue
        if statuses is None or not statuses <= _REFUSALS:
            told.add(action.at)
            what = f"{resolved.step.label}: {quoted(action.name)} sends a {call.method} request again"
            message = f"{what}, which may do twice what the first one has done"
            report.add(rules.RETRIED_POST, action.at, message, help="generate with --idempotency-key, or pass a header")
            return


def check_inputs(
    call: ir.WorkflowCall,
    parameters: Iterable[model.Parameter | model.Reusable],
    callee: ir.Workflow,
    resolved: ResolvedWorkflow,
    where: str,
    fitting: Fitting,
    report: Report,
) -> None:
    """Report values that are no values of the inputs of a called workflow."""
    if resolved.inputs is None:
        return
    fitting = replace(fitting, whole="the value")
    schemas = dict(_properties(resolved.inputs))
    places = {p.name: p.value_at for p in parameters if isinstance(p, model.Parameter)}
    fields = {field.name: field for field in callee.inputs}
    for argument in call.inputs:
        at: Location | None = places.get(argument.name)
        schema, field = schemas.get(argument.name), fields.get(argument.name)
        if at is None or schema is None or field is None or field.type == t.FileContent():
            continue
        what = f"{where}, input {quoted(argument.name)} of workflow {quoted(callee.id)}"
        if argument.value == ir.Constant(None):
            if at.value is None and "value" in _fields(at) and not admits_null(schema):
                effect = "the workflow requires another value" if argument.required else "it is not passed"
                report.add(rules.SENT_TYPE, at, f"{what}: its value is null, so {effect}", help="give it a value")
            continue
        report_faults(fitting.faults(argument.value, schema, at), what, report)
        if argument.required and fitting.may_be_absent(argument.value):
            message = f"{what} is required, and its value is an input that may be absent: then the step fails"
            report.add(rules.OPTIONAL_INPUT, at, message, help="require the input, or give it a default")


def check_defaults(workflow: ResolvedWorkflow, fitting: Fitting, report: Report) -> None:
    """Report defaults that are no values of their inputs; null says that there is none."""
    for name, schema in _properties(workflow.inputs) if workflow.inputs is not None else ():
        if schema.fields.get("default") is not None:
            value = ir.Constant(schema.fields["default"])
            where = f"workflow {quoted(workflow.workflow.workflow_id)}, default of the input {quoted(name)}"
            report_faults(fitting.faults(value, schema, schema.at / "default"), where, report)


def _fields(value_at: Location) -> Collection[str]:
    owner = Location(value_at.source, value_at.pointer[:-1]).value
    return owner if isinstance(owner, dict) else ()


def _properties(schema: Node) -> list[tuple[str, Node]]:
    return [found for option in alternatives(schema) for node in option for found in node.members("properties")]


def _spec(operation: Operation, parameter: model.Parameter) -> ParameterSpec | None:
    for spec in operation.parameters.values():
        is_named = spec.name == parameter.name
        if spec.location == "header":
            is_named = spec.name.lower() == parameter.name.lower()
        if is_named and spec.location == parameter.location:
            return spec
    return None


def _argument(call: ir.HttpCall, parameter: model.Parameter) -> ir.Argument | None:
    placed: dict[str, Iterable[str | ir.Argument]] = {
        "path": call.path,
        "query": call.query,
        "header": call.headers,
        "cookie": call.cookies,
    }
    found = (a for a in placed.get(parameter.location or "", ()) if isinstance(a, ir.Argument))
    return next((a for a in found if a.name.lower() == parameter.name.lower()), None)
