"""Behind every table of moves stands the database: raw SQL with an impossible state is refused (R-32)."""

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from casework.core.outbox.actions import enqueue
from casework.models import Case, Channel, Delivery
from tests import steps
from tests.cast import NOW

pytestmark = pytest.mark.django_db


def with_a_state() -> list[type[models.Model]]:
    """Models of casework whose ``state`` is one of a list."""
    found = []
    for model in apps.get_app_config("casework").get_models():
        fields = {field.name: field for field in model._meta.concrete_fields}
        if "state" in fields and fields["state"].choices:
            found.append(model)
    return found


@pytest.fixture
def world(cast, version) -> None:
    """A row of every model that has a state."""
    steps.closed(cast, version)
    enqueue(
        dedup="a",
        reference="a",
        channel=Channel.MAIL,
        endpoint=None,
        address="a@example.test",
        subject="示例",
        body="示例",
        now=NOW,
    )


def write(model: type[models.Model], **columns: object) -> None:
    """Write past every rule and action."""
    sets = ", ".join(f'"{name}" = %s' for name in columns)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f'UPDATE "{model._meta.db_table}" SET {sets}', list(columns.values()))


def known_states(model: type[models.Model]) -> models.CheckConstraint | None:
    """The constraint that names exactly the states of ``model``."""
    values = set(dict(model._meta.get_field("state").flatchoices))
    for row in model._meta.constraints:
        if isinstance(row, models.CheckConstraint):
            named = [value for key, value in row.condition.children if key == "state__in"]
            if any(set(value) == values for value in named):
                return row
    return None


@pytest.mark.parametrize("model", with_a_state(), ids=lambda model: model.__name__)
def test_every_state_is_held_by_the_database(model) -> None:
    assert known_states(model) is not None, f"{model.__name__} lacks state_checks.known(…)"


STATEFUL = {"Case", "Circulation", "Delivery", "Duty", "Licence", "ResultPush"}


@pytest.mark.parametrize("name", sorted(STATEFUL))
def test_raw_sql_cannot_write_an_impossible_state(name, world) -> None:
    model = apps.get_model("casework", name)
    assert model.objects.exists()
    with pytest.raises(IntegrityError):
        write(model, state="odd")


@pytest.mark.parametrize(
    ("state", "columns"),
    [
        ("received", {"accepted_at": NOW}),
        ("accepted", {"accepted_at": None, "decided_at": None, "closed_at": None, "result": ""}),
        ("closed", {"closed_at": None}),
        ("closed", {"decided_at": None}),
        ("closed", {"result": ""}),
        ("decided", {"result": "granted"}),  # a closing date without a closed case
        ("proposed", {"closed_at": None, "decided_at": None}),  # a result before its decision
    ],
)
def test_a_state_without_its_fact_is_refused(state, columns, world) -> None:
    with pytest.raises(IntegrityError):
        write(Case, state=state, **columns)


@pytest.mark.parametrize("columns", [{"state": "sent"}, {"state": "dead", "sent_at": NOW}])
def test_a_delivery_is_sent_with_its_moment_or_not_at_all(columns, world) -> None:
    with pytest.raises(IntegrityError):
        write(Delivery, **columns)


def test_the_walk_finds_a_model_without_its_constraint() -> None:
    assert {model.__name__ for model in with_a_state()} >= STATEFUL

    class Bare:
        class _meta:  # noqa: N801
            constraints = ()

            @staticmethod
            def get_field(_name: str) -> object:
                return Case._meta.get_field("state")

    assert known_states(Bare) is None
