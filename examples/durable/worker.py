"""A worker that runs batches on DBOS; started again after a crash, it goes on with what it was doing.

python worker.py CLIENTS DATABASE URL REQUESTS KEY... (CLIENTS is the folder of the generated modules)
"""

from __future__ import annotations

import asyncio
import importlib
import sys
from typing import Any

from dbos import DBOS, DBOSConfig, SetWorkflowID


async def batches(adapter: Any, requests: str, keys: list[str]) -> None:
    """Start a batch for each key, unless it was started before, and show how each ends."""
    for key in keys:
        with SetWorkflowID(key):
            await DBOS.start_workflow_async(
                adapter.batch_job, batch_input_file=requests, endpoint="/v1/chat/completions"
            )
    for key in keys:
        handle: Any = await DBOS.retrieve_workflow_async(key)
        print(f"{key}: {await handle.get_result()}", flush=True)


def main(clients: str, database: str, url: str, requests: str, *keys: str) -> None:
    sys.path.insert(0, clients)
    module, adapter = (importlib.import_module(name) for name in ("openai_batch_job", "openai_batch_job_dbos"))
    client = module.Client(openai_api=url, polling=module.Polling(interval=1.0, backoff=1))
    adapter.connect(client, api_key="sk-demo-not-a-real-key")
    config = DBOSConfig(
        name="durable-batches",
        system_database_url=database,
        application_version=adapter.VERSION,
        log_level="ERROR",
    )
    DBOS(config=config)
    DBOS.launch()
    print("the worker is there", flush=True)
    asyncio.run(batches(adapter, requests, list(keys)))
    DBOS.destroy()


if __name__ == "__main__":
    main(*sys.argv[1:])
