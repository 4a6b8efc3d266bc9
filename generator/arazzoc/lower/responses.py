"""What is known about the responses to a request, as far as the success criteria of its step admit them (AMB-65)."""

from __future__ import annotations

from msgspec import Struct

from arazzoc import ir
from arazzoc.analysis.fold import admitted_statuses, named_statuses
from arazzoc.openapi.document import Node
from arazzoc.openapi.members import promises
from arazzoc.openapi.operations import Operation, is_json

SUCCESSES = frozenset(range(200, 300))
_ANY = frozenset(range(100, 600))
_WITHOUT_BODY = frozenset((*range(100, 200), 204, 205, 304))
"""Statuses whose responses have no body, whatever a document says (RFC 9110, section 6.4.1)."""


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

    @property
    def is_never_json(self) -> bool:
        """Whether all declared responses have bodies, of types that are not JSON."""
        is_known = bool(self.media_types) and not any(map(is_json, self.media_types)) and not self.may_be_empty
        return is_known and not any("*" in media for media in self.media_types)

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
    answers: list[Answer] = []
    medias: list[str] = []
    for statuses, node in operation.answers(admitted or SUCCESSES, named_statuses(criteria)):
        with_body = statuses - _WITHOUT_BODY if operation.method != "HEAD" else frozenset[int]()
        contents = list(node.members("content")) if node is not None and with_body else []
        medias += [media for media, _ in contents]
        schemas = tuple(_schema(content) for media, content in contents if is_json(media))
        answers.append(Answer(with_body or statuses, schemas, not contents))
    is_json_only = bool(medias) and all(map(is_json, medias))
    return Response(tuple(answers), is_json_only, admitted or (_ANY if criteria else SUCCESSES), tuple(medias))


def failed_response(operation: Operation, criteria: list[ir.Criterion]) -> Response:
    """Return what an operation declares for the statuses that the criteria of a failure action admit; nothing is known
    of a body where they admit any, or one that the operation does not describe.
    """
    admitted = admitted_statuses(criteria)
    if admitted is None:
        return Response()
    described = frozenset[int]().union(*(statuses for statuses, _ in operation.answers(admitted, frozenset())))
    return expected_response(operation, criteria) if admitted <= described else Response()


def _schema(content: Node) -> Node:
    """Return the schema of a media type; without one, a body can be anything."""
    return content.get("schema") or Node(content.document, content.at / "schema", {})
