"""The conformance table of the flow: all rows."""

from __future__ import annotations

import rows_again
import rows_order
import rows_polling
import rows_retries
import rows_runs
import rows_sharing
import rows_steps
import rows_workflows

ROWS = [
    *rows_steps.ROWS,
    *rows_retries.ROWS,
    *rows_polling.ROWS,
    *rows_workflows.ROWS,
    *rows_again.ROWS,
    *rows_runs.ROWS,
    *rows_sharing.ROWS,
    *rows_order.ROWS,
]
