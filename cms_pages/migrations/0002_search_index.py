"""The expression index that PostgreSQL needs to search title and body together (feasibility §2.5)."""

from django.db import migrations

NAME = "wagtailsearch_title_body_gin"


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"CREATE INDEX {NAME} ON wagtailsearch_indexentry USING gin ((title || body))")


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX IF EXISTS {NAME}")


class Migration(migrations.Migration):
    dependencies = [("cms_pages", "0001_initial")]

    operations = [migrations.RunPython(create, drop)]
