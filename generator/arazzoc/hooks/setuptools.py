"""The hook of setuptools: a command `build_py` that generates first."""

from __future__ import annotations

from pathlib import Path

from setuptools.command.build_py import build_py

from arazzoc.hooks.generating import generate_project


class BuildPy(build_py):  # type: ignore[misc]  # setuptools has no types for mypy
    """`build_py` of a project with `[tool.setuptools.cmdclass]`: generates the modules, then builds as usual."""

    def finalize_options(self) -> None:
        """Generate before the modules of packages are looked for.

        Raises:
            GenerateFailed: they cannot be generated.
        """
        generate_project(Path.cwd())
        super().finalize_options()
