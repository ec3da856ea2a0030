"""Every minute"""

import random
from typing import Any

from functions.notifications.queue_due_reports.use_case import queue_due_reports
from functions.notifications.rows import TABLES
from shared.clock import system_clock
from shared.scope import Scope
from shared.settings import queue_url
from shared.telemetry import invocation_log
from shared.wiring import store
from shared.work_queue import SqsWorkQueue


def handler(_event: dict[str, Any], context: Any) -> None:
    scope = Scope(system_clock, random.SystemRandom(), context.aws_request_id)
    queued = queue_due_reports(store(TABLES), SqsWorkQueue(queue_url("reports")), scope)
    invocation_log(scope.correlation_id, "queued", reports=queued)
