from arazzoc.cli import run

run()
