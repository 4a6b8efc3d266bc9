"""The flow: steps, the edges between them, workflows and programs, with every default explicit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import cached_property
from typing import Any, TypeAlias

from msgspec import Struct

from arazzoc.graphs import reached
from arazzoc.ir.calls import Call, HttpCall, SecurityScheme, WorkflowCall
from arazzoc.ir.conditions import Criterion
from arazzoc.ir.values import Value
from arazzoc.source import Json
from arazzoc.types import Type as StaticType
from arazzoc.types import TypeTable


class Goto(Struct, frozen=True):
    """Continue at a step; it `repeats` if that is the current step or an earlier one, so that the run waits first,
    unless the loop `progresses`: each round asks for something else.
    """

    step: str
    repeats: bool
    progresses: bool = False

    @property
    def polls(self) -> bool:
        """Whether the run waits as the polling policy says (AMB-39, AMB-63)."""
        return self.repeats and not self.progresses


class End(Struct, frozen=True):
    """End the run."""


class Retry(Struct, frozen=True):
    """Run the step again, at most `limit` times more, `after` seconds later.

    `before_retry` is the step or workflow that runs first each time.
    """

    after: float
    limit: int
    before_retry: str | WorkflowCall | None = None


class Run(Struct, frozen=True):
    """Transfer to another workflow, whose outputs become those of the run (AMB-37)."""

    call: WorkflowCall


Then: TypeAlias = Goto | End | Retry | Run


class Edge(Struct, frozen=True):
    """A named action, taken if all its criteria hold; `is_twin` if a success action of the step has the same name."""

    name: str
    when: tuple[Criterion, ...]
    then: Then
    is_twin: bool = False

    @property
    def key(self) -> str:
        """A name that is unique among the actions of the step."""
        return f"{self.name} (onFailure)" if self.is_twin else self.name


class Poll(Struct, frozen=True):
    """A step that is repeated until it is left: the actions that repeat it, and those that leave it."""

    step: str
    loops: tuple[str, ...]
    exits: tuple[str, ...]


class Output(Struct, frozen=True):
    """A named value that a step or workflow returns; a `secret` one is never shown or logged."""

    name: str
    value: Value
    type: StaticType
    secret: bool = False


class Step(Struct, frozen=True):
    """A step with every default made explicit.

    `success` is empty if any 2xx status is a success (AMB-04). After a success that no action matches, the run
    continues at `next`, a step or None for the end (AMB-07); with `must_match` it raises UnhandledOutcome instead.
    `timeout` is in seconds, for each attempt (AMB-40); the steps in `depends_on` must have succeeded before, and the
    workflows in `awaits` must have been completed. With `idempotency_key` the request has a key that stays the same
    for all attempts of one visit.
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
    awaits: tuple[str, ...] = ()

    @property
    def repeats(self) -> bool:
        """Whether an action goes back, so that the run waits as the polling policy says (AMB-39)."""
        return any(isinstance(e.then, Goto) and e.then.polls for e in (*self.on_success, *self.on_failure))

    @property
    def retries(self) -> dict[str, Retry]:
        """The actions that retry, by their keys."""
        return {e.key: e.then for e in (*self.on_success, *self.on_failure) if isinstance(e.then, Retry)}


class InputField(Struct, frozen=True):
    """An input of a workflow; one that `keeps_null` can be null as well as absent, which is not the same (AMB-69)."""

    name: str
    type: StaticType
    required: bool
    default: Json
    has_default: bool
    description: str
    secret: bool
    keeps_null: bool = False

    @property
    def may_be_absent(self) -> bool:
        """Whether a caller can leave it out, and nothing stands for it."""
        return not self.required and not self.has_default


class Workflow(Struct, frozen=True):
    """A workflow; `schema` holds the assertions of its inputs' JSON Schema (openapi.assertions).

    `id` is unique in the program: the workflowId, prefixed with `source.` if the workflow is in another document, as
    `is_imported` says. The workflows in `depends_on` are completed before its first step, in this order (AMB-36).
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
        """The workflows that its actions run, by `goto` or before a retry."""
        found: list[tuple[Step, Edge, WorkflowCall]] = []
        for step in self.steps:
            for edge in (*step.on_success, *step.on_failure):
                if isinstance(edge.then, Run):
                    found.append((step, edge, edge.then.call))
                elif isinstance(edge.then, Retry) and isinstance(edge.then.before_retry, WorkflowCall):
                    found.append((step, edge, edge.then.before_retry))
        return tuple(found)

    @property
    def runs_workflows(self) -> tuple[str, ...]:
        """All workflows that it runs, each once: as a dependency, by a step or by an action."""
        steps = [step.call.workflow for step in self.steps if isinstance(step.call, WorkflowCall)]
        return tuple(dict.fromkeys([*self.depends_on, *steps, *(call.workflow for _, _, call in self.runs)]))


class ServerVariable(Struct, frozen=True):
    """A part of a server's URL that callers choose (OpenAPI 3.1.1, Server Variable Object)."""

    name: str
    default: str
    values: tuple[str, ...]
    description: str


class Source(Struct, frozen=True):
    """A server of an OpenAPI document, or one that some of its operations declare themselves.

    The latter is named after the first of these operations, `operation`, and `server` is its URL in the document.
    `url` is None if the document names no host; `path` is then the path of the URL.
    """

    name: str
    url: str | None
    path: str = ""
    variables: tuple[ServerVariable, ...] = ()
    server: str = ""
    operation: str = ""


class Program(Struct, frozen=True, dict=True):
    """Everything that one Arazzo document compiles to."""

    file: str
    title: str
    summary: str
    description: str
    workflows: tuple[Workflow, ...]
    sources: tuple[Source, ...]
    types: TypeTable

    @cached_property
    def reached(self) -> dict[str, frozenset[str]]:
        """The workflows that each workflow runs, directly or through others."""
        direct = {w.id: tuple(w.runs_workflows) for w in self.workflows}
        return {start: frozenset(reached(direct[start], lambda key: direct.get(key, ()))) for start in direct}

    def calls_itself(self, workflow: str) -> bool:
        """Whether a workflow calls itself, directly or through others."""
        return workflow in self.reached[workflow]

    @property
    def credentials(self) -> tuple[SecurityScheme, ...]:
        """The credentials that any request may need, each once."""
        calls = (call for workflow in self.workflows for call in workflow.http_calls)
        return tuple(dict.fromkeys(s for call in calls for alternative in call.security for s in alternative))


_NOT_FLOW = frozenset(
    {
        *("description", "summary", "type", "secret", "secrets", "gives_file", "accept", "schema", "is_imported"),
        *("progresses", "promised_by", "keeps_null", "text"),
    }
)


# Names in the dump stay as they were in older versions, so that the fingerprints in lock files stay valid.
_DUMPED_KINDS = {"AtPointer": "At", "SecurityScheme": "Scheme", "WorkflowOutput": "DependencyOutput"}
_DUMPED_FIELDS = {("Retry", "before_retry"): "via", ("Poll", "exits"): "leaves"}


def to_json(node: Any, *, leave_out: frozenset[str] = frozenset(), sparse: bool = False) -> Any:
    """Dump a node as JSON values, each object with its `kind`; `sparse` omits empty fields."""
    if node.__class__ in (tuple, list):
        return [to_json(item, leave_out=leave_out, sparse=sparse) for item in node]
    if node.__class__ is dict:
        return {str(k): to_json(v, leave_out=leave_out, sparse=sparse) for k, v in node.items()}
    if not isinstance(node, Struct):
        return node
    kind = type(node).__name__
    members: dict[str, Any] = {"kind": _DUMPED_KINDS.get(kind, kind)}
    for name in (name for name in node.__struct_fields__ if name not in leave_out):
        value = to_json(getattr(node, name), leave_out=leave_out, sparse=sparse)
        if not sparse or value not in (None, False, "", []):
            members[_DUMPED_FIELDS.get((kind, name), name)] = value
    return members


def flow_fingerprint(workflow: Workflow) -> str:
    """Return the sha256 of the flow without descriptions, types, and how its criteria are written.

    Empty fields do not count, so that a field which a later version adds leaves the fingerprints of older flows valid.
    """
    flow = to_json(workflow, leave_out=_NOT_FLOW, sparse=True)
    return hashlib.sha256(json.dumps(flow, sort_keys=True, ensure_ascii=True).encode()).hexdigest()
