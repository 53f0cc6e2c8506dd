"""Who may read a file."""

from django.db.models import Q

from casework.core.access import Access, Can
from casework.core.cases.queries import handles
from casework.core.files.models import StoredFile


def may_read(access: Access, file: StoredFile) -> bool:
    """Whether the person may read ``file``: the own department handles the case, or sent or got it with a letter.

    A supervisor therefore reads what its letter carries, not the whole file (9.1).
    """
    if handles(access, file.case):
        return True
    departments = access.departments(Can.READ_CASES)
    mine = Q(recipients__department_id__in=departments) | Q(sender_id__in=departments)
    return file.letters.filter(mine).exists()
