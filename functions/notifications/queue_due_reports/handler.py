"""Every minute"""

import random
from typing import Any

from functions.notifications.queue_due_reports.use_case import queue_due_reports
from functions.notifications.tables import TABLES
from shared.clock import system_clock
from shared.context import Context
from shared.settings import queue_url
from shared.telemetry import invocation_log
from shared.wiring import store
from shared.work_queue import SqsWorkQueue


def handler(_event: dict[str, Any], lambda_context: Any) -> None:
    context = Context(system_clock, random.SystemRandom(), lambda_context.aws_request_id)
    queued = queue_due_reports(store(TABLES), SqsWorkQueue(queue_url("reports")), context)
    invocation_log(context.correlation_id, "queued", reports=queued)
