"""A worker of a durable engine, as a process of its own: it takes over what others left, and ends when all has ended.

Its one argument is JSON: the engine and where its data is, the folder of the generated modules, and what to start.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def client_of(module: Any, settings: Any) -> Any:
    polling = module.Polling(interval=settings["interval"], backoff=1)
    return module.Client(api=settings["api"], polling=polling)


def on_dbos(settings: Any) -> dict[str, Any]:
    from dbos import DBOS, DBOSConfig, SetWorkflowID

    module, adapter = (importlib.import_module(name) for name in ("flow", "flow_dbos"))
    adapter.connect(client_of(module, settings), **settings["secrets"])
    config = DBOSConfig(
        name="durable-test",
        system_database_url=settings["at"],
        application_version=settings.get("version") or adapter.VERSION,
        executor_id=settings.get("executor", "local"),
        log_level="ERROR",
    )
    DBOS(config=config)
    DBOS.launch()

    async def main() -> dict[str, Any]:
        for key in settings["start"]:
            with SetWorkflowID(key):
                await DBOS.start_workflow_async(adapter.job, **settings["arguments"])
        found: dict[str, Any] = {}
        for key in settings["ends"]:
            found[key] = await (await DBOS.retrieve_workflow_async(key)).get_result()
        return found

    found = asyncio.run(main())
    DBOS.destroy()
    return found


def on_temporal(settings: Any) -> dict[str, Any]:
    from temporalio.client import Client
    from temporalio.worker import Worker

    module, adapter = (importlib.import_module(name) for name in ("flow", "flow_temporal"))
    activities = adapter.connect(client_of(module, settings), **settings["secrets"])

    async def main() -> dict[str, Any]:
        temporal = await Client.connect(settings["at"])
        options: Any = {"task_queue": "durable", "max_cached_workflows": 0}
        found: dict[str, Any] = {}
        with ThreadPoolExecutor(8) as pool:
            known: Any = {"workflows": adapter.WORKFLOWS, "activities": activities, "activity_executor": pool}
            async with Worker(temporal, **options, **known):
                for key in settings["start"]:
                    arguments = [settings["arguments"], settings["step_timeout"]]
                    await temporal.start_workflow(adapter.Job.run, args=arguments, id=key, task_queue="durable")
                for key in settings["ends"]:
                    while key not in found:
                        # the server for tests loses who asks when a run goes on in a fresh history
                        with contextlib.suppress(RuntimeError):
                            found[key] = await temporal.get_workflow_handle(key).result()
        return found

    return asyncio.run(main())


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    sys.path.insert(0, given["folder"])
    print(json.dumps({"dbos": on_dbos, "temporal": on_temporal}[given["engine"]](given)), flush=True)
    os._exit(0)  # Temporal's threads outlive the interpreter now and then, and then end it with an error
