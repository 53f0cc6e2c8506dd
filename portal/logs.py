"""JSON log lines that carry the request and the case, and no personal data (OP-07, R-100)."""

import json
import logging
import re
from datetime import UTC, datetime

from portal.accounts.log_context import case_number, request_id
from portal.accounts.masking import MOBILE_PHONE

# Citizen numbers and mobile phones, should one slip into a message or a traceback.
_PERSONAL = re.compile(rf"(?<![0-9A-Za-z])\d{{17}}[0-9Xx](?![0-9A-Za-z])|{MOBILE_PHONE}")


def scrub(text: str) -> str:
    """Replace every citizen number and mobile phone in ``text`` by asterisks."""
    return _PERSONAL.sub("***", text)


class ContextFilter(logging.Filter):
    """Attaches request id and case number to each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        record.case_number = case_number.get()
        return True


class JsonFormatter(logging.Formatter):
    """One JSON object per line: at, level, logger, message, request_id, case, error."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": scrub(record.getMessage()),
            "request_id": getattr(record, "request_id", ""),
            "case": getattr(record, "case_number", ""),
        }
        if record.exc_info:
            line["error"] = scrub(self.formatException(record.exc_info))
        return json.dumps({key: value for key, value in line.items() if value}, ensure_ascii=False)
