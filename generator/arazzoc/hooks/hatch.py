"""The build hook of hatchling: `[tool.hatch.build.hooks.arazzoc]`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.plugin import hookimpl

from arazzoc.hooks.generating import generate_project


class ArazzocBuildHook(BuildHookInterface[Any]):
    """Generates before a wheel or sdist is built; the modules are in it even if git ignores them."""

    PLUGIN_NAME = "arazzoc"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Generate the modules of the project.

        Raises:
            GenerateFailed: they cannot be generated.
        """
        del version
        build_data["artifacts"] += [f"/{file}" for file in generate_project(Path(self.root))]


@hookimpl
def hatch_register_build_hook() -> type[ArazzocBuildHook]:
    return ArazzocBuildHook
