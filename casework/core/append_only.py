"""Rows that nobody may change or delete, held by the database itself on SQLite and PostgreSQL.

Put the pairs into a migration: ``migrations.RunPython(*append_only("casework_limitrule"))``. SQLite
rebuilds a table when a later migration alters it and loses the triggers: such a migration must install
them again (a test walks ``GUARDED`` and fails when one is missing).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

Operation = Callable[[Any, Any], None]


@dataclass(frozen=True, slots=True)
class Guard:
    """What may never change in ``table``: everything but ``mutable_columns``, and these only while
    ``while_null`` (a column; "" = always) is still empty in the stored row."""

    table: str
    mutable_columns: tuple[str, ...] = ()
    while_null: str = ""


# Every guarded table. Facts are added; only what is named here is ever filled in later. A guide version
# keeps its words while "current" passes on to the next one.
GUARDED: Final[tuple[Guard, ...]] = (
    Guard("casework_limitrule"),
    Guard("casework_ledgerentry", ("seq", "prev_hash", "hash"), while_null="seq"),
    Guard("casework_dutyevent"),
    Guard("casework_duemove", ("told_at",), while_null="told_at"),
    Guard("casework_transition"),
    Guard("casework_attempt"),
    Guard("casework_notice"),
    Guard("casework_calendarnotice"),
    Guard("casework_calendarday"),
    Guard("casework_officehours"),
    Guard("casework_ledgeranchor"),
    Guard(
        "casework_rulechange",
        (
            "state",
            "decided_at",
            "decided_by_id",
            "reason",
            "shortened",
            "calendar_version",
            "notice_id",
            "rule_id",
        ),
        while_null="decided_at",
    ),
    Guard("casework_escalationstep"),
    Guard("casework_stagepassed"),
    Guard("casework_objection", ("answer", "answer_letter_id"), while_null="answer_letter_id"),
    Guard("cms_pages_guideversion", ("current",)),
)


def append_only(
    table: str, *, mutable_columns: Sequence[str] = (), while_null: str = ""
) -> tuple[Operation, Operation]:
    """Forward and backward functions for ``RunPython``: triggers that refuse DELETE and UPDATE on ``table``.

    See ``Guard`` for the arguments. A refused statement raises ``IntegrityError``. Other engines than
    SQLite and PostgreSQL raise ``NotImplementedError``.
    """
    guard = Guard(table, tuple(mutable_columns), while_null)

    def forward(_apps: Any, schema_editor: Any) -> None:
        install(schema_editor.connection, guard)

    def backward(_apps: Any, schema_editor: Any) -> None:
        remove(schema_editor.connection, guard)

    return forward, backward


def install(connection: Any, guard: Guard) -> None:
    """Put the triggers on the table; installing twice is the same as once.

    On SQLite a REPLACE deletes without asking, unless the connection says ``recursive_triggers`` (settings do).
    """
    if connection.vendor not in _ENGINES:
        raise NotImplementedError(f"append-only tables are not known on {connection.vendor}")
    remove(connection, guard)
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, guard.table)
        columns = [column.name for column in described]
        unknown = {*guard.mutable_columns, *filter(None, [guard.while_null])} - set(columns)
        if unknown:
            raise ValueError(f"{guard.table} has no column {', '.join(sorted(unknown))}")
        for statement in _ENGINES[connection.vendor](guard, columns):
            cursor.execute(statement)


def remove(connection: Any, guard: Guard) -> None:
    """Take the triggers off the table (only a migration going backward does this)."""
    on = f' ON "{guard.table}"' if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for name in trigger_names(guard.table, connection.vendor):
            cursor.execute(f'DROP TRIGGER IF EXISTS "{name}"{on}')
        if connection.vendor == "postgresql":
            cursor.execute(f'DROP FUNCTION IF EXISTS "append_only_{guard.table}"()')


def trigger_names(table: str, vendor: str) -> tuple[str, ...]:
    """Names of the triggers that guard ``table``; SQLite knows no TRUNCATE."""
    events = ("update", "delete") if vendor == "sqlite" else ("update", "delete", "truncate")
    return tuple(f"append_only_{table}_{event}" for event in events)


def _allowed(guard: Guard, columns: Sequence[str], same: str) -> str:
    """SQL that is true when an UPDATE only fills in what may be filled in."""
    if not guard.mutable_columns:
        return "FALSE"
    fixed = [name for name in columns if name not in guard.mutable_columns]
    terms = [f'OLD."{name}" {same} NEW."{name}"' for name in fixed]
    if guard.while_null:
        terms.append(f'OLD."{guard.while_null}" IS NULL')
    return " AND ".join(terms)


def _sqlite(guard: Guard, columns: Sequence[str]) -> list[str]:
    update, delete = trigger_names(guard.table, "sqlite")
    refuse = f"BEGIN SELECT RAISE(ABORT, 'append-only: {guard.table}'); END"
    allowed = _allowed(guard, columns, "IS")
    return [
        f'CREATE TRIGGER "{update}" BEFORE UPDATE ON "{guard.table}" WHEN NOT ({allowed}) {refuse}',
        f'CREATE TRIGGER "{delete}" BEFORE DELETE ON "{guard.table}" {refuse}',
    ]


def _postgresql(guard: Guard, columns: Sequence[str]) -> list[str]:
    update, delete, truncate = trigger_names(guard.table, "postgresql")
    function = f"append_only_{guard.table}"
    allowed = _allowed(guard, columns, "IS NOT DISTINCT FROM")
    return [
        f'CREATE FUNCTION "{function}"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN '
        f"RAISE EXCEPTION 'append-only: {guard.table}' USING ERRCODE = 'restrict_violation'; END $$",
        f'CREATE TRIGGER "{update}" BEFORE UPDATE ON "{guard.table}" FOR EACH ROW '
        f'WHEN (NOT ({allowed})) EXECUTE FUNCTION "{function}"()',
        f'CREATE TRIGGER "{delete}" BEFORE DELETE ON "{guard.table}" FOR EACH ROW EXECUTE FUNCTION "{function}"()',
        f'CREATE TRIGGER "{truncate}" BEFORE TRUNCATE ON "{guard.table}" FOR EACH STATEMENT'
        f' EXECUTE FUNCTION "{function}"()',
    ]


_ENGINES: Final = {"sqlite": _sqlite, "postgresql": _postgresql}
