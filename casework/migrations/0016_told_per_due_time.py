"""A stage is told once for each due time, so one that moved later is warned of again; told stages keep the due time
of today. Told stages get their triggers again, which are off while the column is filled in."""

from django.db import migrations, models
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from casework.core.append_only import append_only

guard, unguard = append_only("casework_stagepassed")


def fill(apps, schema_editor):
    due_at = Subquery(apps.get_model("casework", "Duty").objects.filter(pk=OuterRef("duty")).values("due_at"))
    apps.get_model("casework", "StagePassed").objects.update(due_at=Coalesce(due_at, F("at")))
    apps.get_model("casework", "Reminder").objects.update(occasion=Coalesce(due_at, F("made_at")))


class Migration(migrations.Migration):

    dependencies = [
        ('casework', '0015_opened_for'),
    ]

    operations = [
        migrations.RunPython(unguard, guard),
        migrations.AddField('stagepassed', 'due_at', models.DateTimeField(null=True, verbose_name='所属届满时间')),
        migrations.AddField('reminder', 'occasion', models.DateTimeField(null=True, verbose_name='所属时点')),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AlterField('stagepassed', 'due_at', models.DateTimeField(verbose_name='所属届满时间')),
        migrations.AlterField('reminder', 'occasion', models.DateTimeField(verbose_name='所属时点')),
        migrations.RemoveConstraint('stagepassed', 'one_stage'),
        migrations.RemoveConstraint('reminder', 'one_reminder'),
        migrations.AddConstraint(
            'stagepassed',
            models.UniqueConstraint(fields=('duty', 'stage', 'due_at'), name='one_stage'),
        ),
        migrations.AddConstraint(
            'reminder',
            models.UniqueConstraint(fields=('duty', 'milestone', 'recipient', 'occasion'), name='one_reminder'),
        ),
        migrations.RunPython(guard, unguard),
    ]
