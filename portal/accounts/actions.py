"""Every act on departments and accounts. Only these write who is who.

``portal/accounts`` is a leaf: the ledger is not in reach here. What officials do (``administration``,
``departures``, ``departments``, ``substitutions``) is told through ``facts`` and recorded by whoever listens.
"""

from portal.accounts.administration import (
    enable,
    give_password,
    give_role,
    name_to_post,
    open_account,
    reset_second_factor,
    unlock,
)
from portal.accounts.departments import keep_department
from portal.accounts.departures import disable, end_post, end_role
from portal.accounts.errors import SeparatedRole
from portal.accounts.founding import (
    appoint,
    create_department,
    create_user,
    give_post,
    password_hash,
    set_email,
)
from portal.accounts.leaving import Held
from portal.accounts.substitutions import BadSubstitution, arrange_substitution, revoke_substitution

__all__ = [
    "BadSubstitution",
    "Held",
    "SeparatedRole",
    "appoint",
    "arrange_substitution",
    "create_department",
    "create_user",
    "disable",
    "enable",
    "end_post",
    "end_role",
    "give_password",
    "give_post",
    "give_role",
    "keep_department",
    "name_to_post",
    "open_account",
    "password_hash",
    "reset_second_factor",
    "revoke_substitution",
    "set_email",
    "unlock",
]
