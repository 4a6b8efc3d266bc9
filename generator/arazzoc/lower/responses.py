"""What is known about the responses to a request, as far as the success criteria of its step admit them (AMB-65)."""

from __future__ import annotations

from msgspec import Struct

from arazzoc import ir
from arazzoc.analysis.fold import admitted_statuses, named_statuses
from arazzoc.openapi.document import Node
from arazzoc.openapi.members import promises
from arazzoc.openapi.operations import SUCCESSES, Operation, describes_bodies, is_json

_ANY = frozenset(range(100, 600))
_WITHOUT_BODY = frozenset((*range(100, 200), 204, 205, 304))
"""Statuses whose responses have no body, whatever a document says (RFC 9110, section 6.4.1)."""
_MEANT_AS_CONTENT = frozenset(("schema", "examples", "example", "produces"))
"""Fields of a Response Object of another version, by which it has a body."""


class Answer(Struct, frozen=True):
    """Responses that are alike: their statuses, and the schemas of their bodies in JSON; `is_empty` ones have none."""

    statuses: frozenset[int]
    schemas: tuple[Node, ...]
    is_empty: bool


class Response(Struct, frozen=True):
    """The responses to expect. There may be others, of `statuses` that the operation does not declare."""

    answers: tuple[Answer, ...] = ()
    is_json_only: bool = False
    statuses: frozenset[int] = frozenset()
    media_types: tuple[str, ...] = ()
    why_empty: str = ""
    """Why no response has a body, in words; '' where one may have."""
    may_be_file: bool = False
    """Whether it may have a body of which nothing is said: one to GET with 200 has (RFC 9110, section 15.3.1), and only
    Swagger 2.0 says that one without a schema has none.
    """

    @property
    def is_never_json(self) -> bool:
        """Whether all declared responses have bodies, of types that are not JSON."""
        is_known = bool(self.media_types) and not any(map(is_json, self.media_types)) and not self.may_be_empty
        return is_known and not any("*" in media for media in self.media_types)

    @property
    def is_only_json(self) -> bool:
        """Whether all bodies that are declared are JSON, none of them of any type."""
        return bool(self.media_types) and all(is_json(m) and "*" not in m for m in self.media_types)

    @property
    def schemas(self) -> tuple[Node, ...]:
        """All schemas of bodies in JSON."""
        return tuple(schema for answer in self.answers for schema in answer.schemas)

    @property
    def may_be_empty(self) -> bool:
        """Whether one of the responses to expect has no body."""
        return any(answer.is_empty for answer in self.answers)

    def promising(self, pointer: tuple[str, ...]) -> tuple[Answer, ...]:
        """Return the answers whose schemas require something other than null at a JSON Pointer."""
        return tuple(a for a in self.answers if a.schemas and all(promises(s, pointer) for s in a.schemas))


def expected_response(operation: Operation, criteria: list[ir.Criterion]) -> Response:
    """Return what an operation declares for the statuses that success criteria admit, by default any 2xx.

    Where the criteria do not look at the status, the responses with 2xx are those to expect.
    """
    admitted = admitted_statuses(criteria)
    expected = admitted or (_ANY if criteria else SUCCESSES)
    return _response(operation, admitted or SUCCESSES, named_statuses(criteria), expected)


def action_response(
    operation: Operation, success: list[ir.Criterion], criteria: list[ir.Criterion], *, has_failed: bool
) -> Response | None:
    """Return what an operation declares for the statuses that the criteria of an action admit; None where they admit
    any. Nothing is known of a body that the operation does not describe.
    """
    admitted = admitted_statuses(criteria)
    if admitted is None:
        return None
    if not has_failed:
        admitted &= admitted_statuses(success) or (_ANY if success else SUCCESSES)
    described = frozenset[int]().union(*(statuses for statuses, _ in operation.answers(admitted, frozenset())))
    is_known = admitted <= described if has_failed else admitted & described
    return _response(operation, admitted, named_statuses(criteria), admitted) if is_known else Response()


def _response(
    operation: Operation, admitted: frozenset[int], named: frozenset[int], expected: frozenset[int]
) -> Response:
    answers: list[Answer] = []
    medias: list[str] = []
    is_sure = True
    for statuses, node in operation.answers(admitted, named):
        with_body = statuses - _WITHOUT_BODY if operation.method != "HEAD" else frozenset[int]()
        contents = list(node.members("content")) if node is not None and with_body else []
        medias += [media for media, _ in contents]
        schemas = tuple(_schema(content) for media, content in contents if is_json(media))
        answers.append(Answer(with_body or statuses, schemas, not contents))
        is_sure = is_sure and (node is None or not with_body or not set(node.fields) & _MEANT_AS_CONTENT)
    why = _why_empty(operation, admitted, answers) if is_sure and all(a.is_empty for a in answers) else ""
    is_json_only = bool(medias) and all(map(is_json, medias))
    is_described = operation.method != "GET" or 200 not in admitted or "swagger" in operation.document.root.fields
    return Response(tuple(answers), is_json_only, expected, tuple(medias), why, not is_described)


def _why_empty(operation: Operation, admitted: frozenset[int], answers: list[Answer]) -> str:
    """Why no response has a body; '' where that is not known."""
    if operation.method == "HEAD":
        return "a response to HEAD has no body"
    statuses = admitted if not answers else frozenset[int]().union(*(a.statuses for a in answers))
    names = ", ".join(map(str, sorted(statuses))) if len(statuses) < 4 else "these statuses"
    if statuses <= _WITHOUT_BODY:
        return f"a response with the status {names} has no body"
    if not answers or not describes_bodies(operation.document, of_success=bool(statuses & SUCCESSES)):
        return ""
    return f"{operation.method} {operation.path} declares no content for the status {names}"


def _schema(content: Node) -> Node:
    """Return the schema of a media type; without one, a body can be anything."""
    return content.get("schema") or Node(content.document, content.at / "schema", {})
