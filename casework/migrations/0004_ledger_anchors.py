"""Heads of the ledger handed outside; all append-only tables get their full set of triggers."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from casework.core.append_only import GUARDED, append_only

# TRUNCATE is refused from here on, too.
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
    "casework_ledgeranchor",
    "cms_pages_guideversion",
)


def guards():
    for guard in (guard for guard in GUARDED if guard.table in TABLES):
        yield migrations.RunPython(
            *append_only(guard.table, mutable_columns=guard.mutable_columns, while_null=guard.while_null)
        )


class Migration(migrations.Migration):

    dependencies = [
        ('casework', '0003_acting_for'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='LedgerAnchor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(unique=True, verbose_name='日期')),
                ('seq', models.PositiveBigIntegerField(verbose_name='序号')),
                ('hash', models.CharField(max_length=64, verbose_name='摘要')),
                ('entries', models.PositiveBigIntegerField(verbose_name='当日记录数')),
                ('made_at', models.DateTimeField(verbose_name='签名时间')),
                ('signature', models.CharField(max_length=100, verbose_name='签名')),
                ('public_key', models.CharField(max_length=60, verbose_name='公钥')),
            ],
            options={
                'verbose_name': '存证链首留存',
                'verbose_name_plural': '存证链首留存',
                'ordering': ['-day'],
            },
        ),
        migrations.CreateModel(
            name='LedgerCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asked_at', models.DateTimeField(verbose_name='提出时间')),
                ('done_at', models.DateTimeField(null=True, verbose_name='完成时间')),
                ('checked', models.PositiveBigIntegerField(default=0, verbose_name='核验记录数')),
                ('anchors', models.PositiveIntegerField(default=0, verbose_name='核对链首数')),
                ('bad_seq', models.PositiveBigIntegerField(null=True, verbose_name='首个异常序号')),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='异常')),
                ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='提出人')),
            ],
            options={
                'verbose_name': '存证核验',
                'verbose_name_plural': '存证核验',
                'ordering': ['-id'],
            },
        ),
        *guards(),
    ]
