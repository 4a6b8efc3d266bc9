"""The flow of a program: free of Arazzo syntax and free of Python text.

Everything that the document leaves to defaults is explicit here. The nodes are frozen, and `to_json` dumps them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias

from arazzoc.expressions import jsonpath as jp
from arazzoc.openapi.operations import ServerVariable
from arazzoc.openapi.security import Scheme
from arazzoc.source import Json
from arazzoc.types import ANYTHING, TypeTable
from arazzoc.types import Type as StaticType

Operator: TypeAlias = Literal["==", "!=", "<", "<=", ">", ">="]


# Values


@dataclass(frozen=True, slots=True)
class Constant:
    """A JSON value that the document spells out."""

    value: Json


@dataclass(frozen=True, slots=True)
class Input:
    """An input of the workflow."""

    name: str


@dataclass(frozen=True, slots=True)
class StepOutput:
    """An output that another step has set."""

    step: str
    name: str


@dataclass(frozen=True, slots=True)
class OwnOutput:
    """An output of the step that is being run."""

    name: str


@dataclass(frozen=True, slots=True)
class StatusCode:
    """The status of the response; null where there was none."""


@dataclass(frozen=True, slots=True)
class RequestUrl:
    """The URL of the request as sent."""


@dataclass(frozen=True, slots=True)
class RequestHeader:
    """A header of the request as sent."""

    name: str


@dataclass(frozen=True, slots=True)
class ResponseHeader:
    """A header of the response."""

    name: str


@dataclass(frozen=True, slots=True)
class ResponseBody:
    """The body of the response, parsed by its content type."""

    type: StaticType = ANYTHING


@dataclass(frozen=True, slots=True)
class At:
    """The value at a JSON Pointer within another, or null; `required` where the schema promises it."""

    base: Value
    pointer: tuple[str | int, ...]
    type: StaticType = ANYTHING
    required: bool = False


@dataclass(frozen=True, slots=True)
class Size:
    """How many there are, unless the value has a member `length`."""

    value: Value


@dataclass(frozen=True, slots=True)
class Text:
    """A string put together from parts; `escape` says for which media type values are escaped."""

    parts: tuple[str | Value, ...]
    escape: Literal["none", "json", "xml", "form"] = "none"


@dataclass(frozen=True, slots=True)
class Object:
    """A JSON object with values in it; a member whose optional input is absent is left out."""

    members: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class List:
    """A JSON array with values in it."""

    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """What a JSONPath query selects: one value or null where it is singular, else a list."""

    base: Value
    query: jp.Query
    holes: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class XPathSelection:
    """What an XPath expression selects in an XML text."""

    base: Value
    expression: str
    version: str


@dataclass(frozen=True, slots=True)
class Replaced:
    """A payload with values set at places within it, in order."""

    base: Value
    replacements: tuple[Replacement, ...]


@dataclass(frozen=True, slots=True)
class Replacement:
    """Where (`kind` tells the language of `target`) and what."""

    kind: Literal["jsonpointer", "jsonpath", "xpath"]
    target: tuple[str, ...] | jp.Query | str
    version: str
    value: Value


@dataclass(frozen=True, slots=True)
class CalledOutput:
    """An output of the workflow that the present step calls."""

    name: str
    type: StaticType = ANYTHING


@dataclass(frozen=True, slots=True)
class DependencyOutput:
    """An output of a workflow that the present one depends on."""

    workflow: str
    name: str
    type: StaticType = ANYTHING


Value: TypeAlias = (
    Constant
    | Input
    | StepOutput
    | OwnOutput
    | StatusCode
    | RequestUrl
    | RequestHeader
    | ResponseHeader
    | ResponseBody
    | At
    | Size
    | Text
    | Object
    | List
    | Selection
    | XPathSelection
    | Replaced
    | CalledOutput
    | DependencyOutput
)


# Conditions


@dataclass(frozen=True, slots=True)
class Always:
    """A condition that does not depend on anything."""

    holds: bool


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison, by the rules of simple conditions or by those of RFC 9535."""

    operator: Operator
    left: Value
    right: Value
    rules: Literal["simple", "jsonpath"] = "simple"


@dataclass(frozen=True, slots=True)
class Truth:
    """A value taken for true or false."""

    value: Value


@dataclass(frozen=True, slots=True)
class JsonPathHolds:
    """A JSONPath query that selects something, or a logical expression of RFC 9535 rooted at the context."""

    context: Value
    path: jp.Query | jp.Test
    holes: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Matches:
    """A regular expression found in the context's text: Python's dialect, values in it taken literally."""

    context: Value
    pattern: tuple[str | Value, ...]


@dataclass(frozen=True, slots=True)
class XPathHolds:
    """The effective boolean value of an XPath expression on an XML text."""

    context: Value
    expression: Value
    version: str


@dataclass(frozen=True, slots=True)
class Negation:
    item: Condition


@dataclass(frozen=True, slots=True)
class All:
    items: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Either:
    items: tuple[Condition, ...]


Condition: TypeAlias = Always | Compare | Truth | JsonPathHolds | Matches | XPathHolds | Negation | All | Either


@dataclass(frozen=True, slots=True)
class Criterion:
    """A condition, and how the document spells it."""

    test: Condition
    text: str


# Calls


@dataclass(frozen=True, slots=True)
class Argument:
    """A parameter of a request; `required` ones have a value or the request is not sent."""

    name: str
    value: Value
    required: bool
    style: str = ""
    explode: bool = True
    allow_reserved: bool = False
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class JsonBody:
    content_type: str
    value: Value


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a property of a form is written, or a part announced (OpenAPI 3.1.1, Encoding Object)."""

    name: str
    style: str = ""
    explode: bool = False
    allow_reserved: bool = False
    content_type: str = ""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class FormBody:
    """application/x-www-form-urlencoded members."""

    content_type: str
    value: Value
    encodings: tuple[Encoding, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a multipart body; a file is sent with a filename. A list is several parts, or one if `separator`
    joins its items.
    """

    name: str
    value: Value
    is_file: bool
    separator: str = ""


@dataclass(frozen=True, slots=True)
class MultipartBody:
    """The parts of a body; `whole` stands in their place where an expression gives them all, `files` by name."""

    content_type: str
    parts: tuple[Part, ...]
    encodings: tuple[Encoding, ...] = ()
    whole: Value | None = None
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RawBody:
    """Text, bytes or a file, sent as it is."""

    content_type: str
    value: Value


Body: TypeAlias = JsonBody | FormBody | MultipartBody | RawBody


@dataclass(frozen=True, slots=True)
class HttpCall:
    """One request.

    `path` is literal text and path parameters, in order; `querystring` stands in place of `query`. `security` lists
    alternatives of credentials, those aside that the step passes itself. `server` is '' where the request goes to the
    server of its document; `gives_file` tells that a response may be something else than JSON.
    """

    source: str
    method: str
    path: tuple[str | Argument, ...]
    query: tuple[Argument, ...]
    headers: tuple[Argument, ...]
    cookies: tuple[Argument, ...]
    querystring: Argument | None
    body: Body | None
    operation: str
    secrets: tuple[Value, ...] = ()
    security: tuple[tuple[Scheme, ...], ...] = ()
    server: str = ""
    gives_file: bool = False


@dataclass(frozen=True, slots=True)
class WorkflowCall:
    """A run of another workflow; its inputs are arguments without a place."""

    workflow: str
    inputs: tuple[Argument, ...]


Call: TypeAlias = HttpCall | WorkflowCall


# The flow


@dataclass(frozen=True, slots=True)
class Goto:
    """Go on at a step; `repeats` where it lies at or before the present one, so that the run waits first."""

    step: str
    repeats: bool


@dataclass(frozen=True, slots=True)
class End:
    """End the run."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Run the step again, at most `limit` times more, `after` seconds later; before that the step or workflow `via`."""

    after: float
    limit: int
    via: str | WorkflowCall | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """Go over to another workflow, whose outputs are then those of the run."""

    call: WorkflowCall


Then: TypeAlias = Goto | End | Retry | Run


@dataclass(frozen=True, slots=True)
class Edge:
    """A named action: taken if all its criteria hold; `is_twin` where a success action of the step has its name too."""

    name: str
    when: tuple[Criterion, ...]
    then: Then
    is_twin: bool = False

    @property
    def key(self) -> str:
        """A name that no other action of the step has."""
        return f"{self.name} (onFailure)" if self.is_twin else self.name

    @property
    def is_certain(self) -> bool:
        """Whether the action is taken whatever the response: it has no criteria and no limit."""
        return not self.when and not isinstance(self.then, Retry)


@dataclass(frozen=True, slots=True)
class Poll:
    """A step that is repeated until it is left: the actions that loop, and those that leave."""

    step: str
    loops: tuple[str, ...]
    leaves: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Output:
    """A named value that a step or workflow gives; `secret` ones are shown and logged nowhere."""

    name: str
    value: Value
    type: StaticType
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A step with every default made explicit.

    `success` is empty where any 2xx status is a success. `next` is where a success goes that no action takes:
    a step, or None for the end. With `must_match` such a success is an unhandled outcome instead. `timeout` is in
    seconds, for each attempt; `depends_on` names the steps that must have succeeded before. With `idempotency_key` the
    request bears a key that stays the same over the attempts of one visit.
    """

    id: str
    description: str
    call: Call
    success: tuple[Criterion, ...]
    outputs: tuple[Output, ...]
    on_success: tuple[Edge, ...]
    on_failure: tuple[Edge, ...]
    next: str | None
    must_match: bool
    poll: Poll | None
    timeout: float | None = None
    depends_on: tuple[str, ...] = ()
    idempotency_key: bool = False

    @property
    def repeats(self) -> bool:
        """Whether an action goes back, so that the run waits by the polling policy."""
        return any(isinstance(e.then, Goto) and e.then.repeats for e in (*self.on_success, *self.on_failure))

    @property
    def retries(self) -> dict[str, Retry]:
        """The actions that retry, by their keys."""
        return {e.key: e.then for e in (*self.on_success, *self.on_failure) if isinstance(e.then, Retry)}


@dataclass(frozen=True, slots=True)
class InputField:
    """An input of a workflow."""

    name: str
    type: StaticType
    required: bool
    default: Json
    has_default: bool
    description: str
    secret: bool


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow; `schema` is what its inputs' JSON Schema asserts (openapi.assertions).

    `id` is unique in the program: the workflowId, after the source's name where it stands in another document.
    `depends_on` names all workflows that are completed before its first step, in the order in which they run.
    `is_imported` tells that it stands in another document.
    """

    id: str
    summary: str
    description: str
    inputs: tuple[InputField, ...]
    steps: tuple[Step, ...]
    outputs: tuple[Output, ...]
    schema: Json = True
    depends_on: tuple[str, ...] = ()
    is_imported: bool = False

    @property
    def http_calls(self) -> Iterator[HttpCall]:
        """The requests of its steps."""
        return (step.call for step in self.steps if isinstance(step.call, HttpCall))

    @property
    def runs(self) -> tuple[tuple[Step, Edge, WorkflowCall], ...]:
        """The workflows that its actions run: by `goto`, or before a retry."""
        found: list[tuple[Step, Edge, WorkflowCall]] = []
        for step in self.steps:
            for edge in (*step.on_success, *step.on_failure):
                if isinstance(edge.then, Run):
                    found.append((step, edge, edge.then.call))
                elif isinstance(edge.then, Retry) and isinstance(edge.then.via, WorkflowCall):
                    found.append((step, edge, edge.then.via))
        return tuple(found)

    @property
    def called(self) -> tuple[str, ...]:
        """The workflows that it runs, whichever way, each once."""
        steps = [step.call.workflow for step in self.steps if isinstance(step.call, WorkflowCall)]
        return tuple(dict.fromkeys([*self.depends_on, *steps, *(call.workflow for _, _, call in self.runs)]))


@dataclass(frozen=True, slots=True)
class Source:
    """A server that requests of the program go to: that of an OpenAPI document, or one that some of its operations
    have for themselves, named after the first `operation`.

    `url` is None where the document names no host; `path` is then what it says of the URL's path.
    """

    name: str
    url: str | None
    path: str = ""
    variables: tuple[ServerVariable, ...] = ()
    server: str = ""
    operation: str = ""


@dataclass(frozen=True)
class Program:
    """All that one Arazzo document compiles to."""

    file: str
    title: str
    summary: str
    description: str
    workflows: tuple[Workflow, ...]
    sources: tuple[Source, ...]
    types: TypeTable

    @cached_property
    def reached(self) -> dict[str, frozenset[str]]:
        """The workflows that each workflow runs, whichever way, directly or through others."""
        direct = {w.id: set(w.called) for w in self.workflows}
        found: dict[str, frozenset[str]] = {}
        for start in direct:
            seen: set[str] = set()
            pending = list(direct[start])
            while pending:
                current = pending.pop()
                if current not in seen:
                    seen.add(current)
                    pending.extend(direct.get(current, ()))
            found[start] = frozenset(seen)
        return found

    def calls_itself(self, workflow: str) -> bool:
        """Whether a workflow calls itself, directly or through others."""
        return workflow in self.reached[workflow]

    @property
    def credentials(self) -> tuple[Scheme, ...]:
        """The credentials that any request may need, each once."""
        calls = (call for workflow in self.workflows for call in workflow.http_calls)
        return tuple(dict.fromkeys(s for call in calls for alternative in call.security for s in alternative))


_NOT_FLOW = frozenset({"description", "summary", "type", "secret", "secrets", "gives_file", "schema", "is_imported"})


def to_json(node: Any, *, leave_out: frozenset[str] = frozenset(), sparse: bool = False) -> Any:
    """The node as JSON values, each object with the name of its kind; `sparse` leaves out what is empty."""
    if node.__class__ in (tuple, list):
        return [to_json(item, leave_out=leave_out, sparse=sparse) for item in node]
    if node.__class__ is dict:
        return {str(k): to_json(v, leave_out=leave_out, sparse=sparse) for k, v in node.items()}
    if not is_dataclass(node):
        return node
    members: dict[str, Any] = {"kind": type(node).__name__}
    for name in (f.name for f in fields(node) if f.name not in leave_out):
        value = to_json(getattr(node, name), leave_out=leave_out, sparse=sparse)
        if not sparse or value not in (None, False, "", []):
            members[name] = value
    return members


def flow_fingerprint(workflow: Workflow) -> str:
    """The sha256 of the flow, without descriptions and types: the same flow, the same fingerprint.

    Empty fields do not count, so that a field which a later version adds changes no fingerprint of older flows.
    """
    flow = to_json(workflow, leave_out=_NOT_FLOW, sparse=True)
    return hashlib.sha256(json.dumps(flow, sort_keys=True, ensure_ascii=True).encode()).hexdigest()
