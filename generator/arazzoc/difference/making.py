"""What a side makes of a document: its modules, what they have besides runners, and the options that change their runs.

A module is known by its configuration, or by the name of its document where a whole folder is compared without one.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from msgspec import Struct, field

from arazzoc import ir
from arazzoc.config import Config
from arazzoc.diagnostics import Located, Span, quoted
from arazzoc.difference.records import Changes, Place
from arazzoc.paths import adapter_name


class Made(Struct, frozen=True):
    """A module: its path in the project, what the configuration asks for, and where it does."""

    target: str
    config: Config
    is_package: bool = False
    at: Span = Span("")

    def span(self) -> Span:
        """The place in the configuration."""
        return self.at

    @property
    def folder(self) -> str:
        return posixpath.dirname(self.target)

    @property
    def parts(self) -> dict[str, str]:
        """What can be used besides runners and steps, as messages call it, by what it is."""
        found: dict[str, str] = {}
        for extra in sorted(self.config.extras):
            found[extra] = f"{_EXTRAS[extra]} of {quoted(self.target)}"
        for engine in self.config.engines:
            path = posixpath.join(
                self.folder, adapter_name(posixpath.basename(self.target).removesuffix(".py"), engine)
            )
            found[engine] = f"the module {quoted(path)}"
        if self.is_package:
            found["package"] = f"the package {quoted(self.folder or '.')}"
        if self.config.support:
            found["support"] = f"the module {quoted(self.support_file)}"
        return found

    @property
    def support_file(self) -> str:
        """The module that it shares its support in."""
        return posixpath.join(self.folder, f"{self.config.support}.py")


_EXTRAS = {"command": "the command line", "many": "'run_many'"}


class Making(Struct, frozen=True):
    """The modules of a document on one side. `origin` is the configuration, or the folder, that says so; without any,
    nothing is known of them.
    """

    config: Config = field(default_factory=Config)
    modules: tuple[Made, ...] = ()
    origin: str = ""
    is_configured: bool = False


def are_comparable(old: Making, new: Making) -> bool:
    """Whether both are known in the same way, and are two states: of one configuration two modules are no change."""
    return bool(old.origin and new.origin) and old.origin != new.origin and old.is_configured == new.is_configured


def compare_modules(old: Making, new: Making, changes: Changes) -> bool:
    """Record modules that moved, and their parts that come and go. Says whether something is to be generated anew."""
    if not are_comparable(old, new):
        return False
    befores, afters = ({module.target: module for module in each.modules} for each in (old, new))
    gone = [module for target, module in befores.items() if target not in afters]
    added = [module for target, module in afters.items() if target not in befores]
    both = [(befores[target], module) for target, module in afters.items() if target in befores]
    if len(gone) == len(added) == 1:
        both += zip(gone, added, strict=True)
        what = f"the module {quoted(gone[0].target)} is {quoted(added[0].target)} now"
        changes.add("module-moved", Place(), "module", what, gone[0], added[0], subject=added[0].target)
        gone, added = [], []
    ends = next(iter(old.modules), None), next(iter(new.modules), None)
    for module in gone:
        what = f"the module {quoted(module.target)} is not made any more"
        changes.add("module-part-removed", Place(), "module", what, module, ends[1], subject=module.target)
    for module in added:
        what = f"the module {quoted(module.target)} is made, too"
        changes.add("module-part-added", Place(), "module", what, ends[0], module, subject=module.target)
    for one, other in both:
        _parts(one, other, changes)
    return bool(gone or added) or any(_form(one) != _form(other) for one, other in both)


def _parts(one: Made, other: Made, changes: Changes) -> None:
    """Record the parts of a module that come and go; what moves with it does neither."""
    for part in dict.fromkeys((*one.parts, *other.parts)):
        was, now = one.parts.get(part), other.parts.get(part)
        add, subject = changes.add, part
        if was is None:
            add("module-part-added", Place(), "module", f"{now} is new", one, other, subject=subject)
        elif now is None:
            add("module-part-removed", Place(), "module", f"{was} is not there any more", one, other, subject=subject)
        elif part == "support" and one.config.support != other.config.support:
            what = f"{was} is {quoted(other.support_file)} now"
            add("module-moved", Place(), "module", what, one, other, subject=subject)


def _form(module: Made) -> tuple[object, ...]:
    """What makes another text of the same program."""
    config = module.config
    return module.target, config.extras, config.engines, config.support, config.line_length, module.is_package


def compare_options(
    old: Making,
    new: Making,
    steps: Iterable[tuple[str, ir.Step, ir.Step]],
    changes: Changes,
    documents: tuple[Located, Located],
) -> None:
    """Record what options do to steps, given with their workflows."""
    at = [*old.modules, documents[0]][0], [*new.modules, documents[1]][0]
    pairs = list(steps)
    if old.config.idempotency_key != new.config.idempotency_key:
        verb, what = ("added", "is sent now") if new.config.idempotency_key else ("removed", "is not sent any more")
        message = f"the header Idempotency-Key {what}"
        for workflow, one, other in pairs:
            if one.idempotency_key != other.idempotency_key:
                changes.add(f"idempotency-key-{verb}", Place(workflow, other.id), "requests", message, *at)
    if old.config.unhandled != new.config.unhandled:
        how = "it raises" if new.config.unhandled == "raise" else "it continues"
        for workflow, one, other in pairs:
            if one.must_match != other.must_match:
                message = f"where no action names the state, {how} now"
                changes.add("unhandled-changed", Place(workflow, other.id), "actions", message, *at)
