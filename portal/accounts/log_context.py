"""What the log lines of one request carry: set by middleware and views, read by ``portal/logs.py``."""

import contextvars

request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")
case_number: contextvars.ContextVar[str] = contextvars.ContextVar("case_number", default="")
