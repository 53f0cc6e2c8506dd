"""First limits, the published calendar, and the triggers that keep facts as they were written."""

from django.db import migrations

from casework.core.append_only import GUARDED, append_only
from casework.core.rules_data.seeds import seed_rules
from casework.core.worktime.seeds import seed_calendar


def seed(apps, schema_editor):
    seed_rules(apps)
    seed_calendar(apps)


# The tables that there are by now; later ones are guarded by the migration that makes them.
TABLES = (
    "casework_limitrule",
    "casework_ledgerentry",
    "casework_dutyevent",
    "casework_transition",
    "casework_attempt",
    "casework_notice",
    "casework_calendarnotice",
    "casework_calendarday",
    "casework_officehours",
    "cms_pages_guideversion",
)


def guards():
    for guard in (guard for guard in GUARDED if guard.table in TABLES):
        yield migrations.RunPython(
            *append_only(guard.table, mutable_columns=guard.mutable_columns, while_null=guard.while_null)
        )


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0001_initial"),
        ("cms_pages", "0001_initial"),
    ]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop), *guards()]
