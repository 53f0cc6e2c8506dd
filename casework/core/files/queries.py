"""Who may read a file."""

from django.db.models import Q

from casework.core.access import Access, Can
from casework.core.cases.queries import handles
from casework.core.files.models import StoredFile


def may_read(access: Access, file: StoredFile) -> bool:
    """Whether the person may read ``file``: the own department handles the case, or sent the letter that carries
    it, or got and opened it.

    A supervisor therefore reads what its letter carries, not the whole file, nothing before the opening is on
    record, and nothing any more once it returned the letter: the result was not its business (9.1).
    """
    if handles(access, file.case):
        return True
    departments = access.departments(Can.READ_CASES)
    opened = Q(
        recipients__department_id__in=departments,
        recipients__opened_at__isnull=False,
        recipients__returned_at=None,
    )
    return file.letters.filter(opened | Q(sender_id__in=departments)).exists()
