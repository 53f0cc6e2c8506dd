"""Changes of calendar and limits with their decision; due times that a calendar moved, and who was told."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from casework.core.append_only import GUARDED, append_only

TABLES = ("casework_duemove", "casework_rulechange")


def guards():
    for guard in (guard for guard in GUARDED if guard.table in TABLES):
        yield migrations.RunPython(
            *append_only(guard.table, mutable_columns=guard.mutable_columns, while_null=guard.while_null)
        )


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_identity'),
        ('casework', '0005_kept_uploads'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DueMove',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('calendar_version', models.PositiveIntegerField(verbose_name='日历版本')),
                ('due_before', models.DateTimeField(verbose_name='原届满时间')),
                ('due_at', models.DateTimeField(verbose_name='现届满时间')),
                ('moved_at', models.DateTimeField(verbose_name='调整时间')),
                ('told_at', models.DateTimeField(null=True, verbose_name='告知时间')),
            ],
            options={
                'verbose_name': '届满时间调整',
                'verbose_name_plural': '届满时间调整',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='MoveDigest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('moved', models.PositiveIntegerField(verbose_name='调整的任务数')),
                ('shortened', models.PositiveIntegerField(verbose_name='其中提前的任务数')),
                ('made_at', models.DateTimeField(verbose_name='提醒时间')),
                ('read_at', models.DateTimeField(null=True, verbose_name='阅读时间')),
            ],
            options={
                'verbose_name': '届满时间调整提醒',
                'verbose_name_plural': '届满时间调整提醒',
            },
        ),
        migrations.CreateModel(
            name='RuleChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('national', '放假通知'), ('local', '本地停止办公'), ('hours', '作息时间'), ('limit', '时限规则')], max_length=10, verbose_name='类别')),
                ('title', models.CharField(max_length=200, verbose_name='标题')),
                ('content', models.JSONField(verbose_name='内容')),
                ('digest', models.CharField(editable=False, max_length=64, verbose_name='内容摘要值')),
                ('warnings', models.JSONField(default=list, help_text='核对时须留意的问题', verbose_name='提示')),
                ('file_name', models.CharField(blank=True, max_length=200, verbose_name='文件名')),
                ('state', models.CharField(choices=[('proposed', '待审定'), ('approved', '已生效'), ('rejected', '已驳回'), ('withdrawn', '已撤回')], default='proposed', max_length=10, verbose_name='状态')),
                ('proposed_at', models.DateTimeField(verbose_name='提出时间')),
                ('decided_at', models.DateTimeField(null=True, verbose_name='处理时间')),
                ('reason', models.CharField(blank=True, max_length=300, verbose_name='理由')),
                ('shortened', models.PositiveIntegerField(help_text='审定人确认过的、届满时间提前的未结任务数', null=True, verbose_name='确认提前的任务数')),
                ('calendar_version', models.PositiveIntegerField(null=True, verbose_name='生效后的日历版本')),
            ],
            options={
                'verbose_name': '日历与时限变更',
                'verbose_name_plural': '日历与时限变更',
                'ordering': ['-id'],
            },
        ),
        migrations.AddIndex(
            model_name='duty',
            index=models.Index(condition=models.Q(('closed_at', None)), fields=['calendar_version', 'id'], name='duty_open_calendar'),
        ),
        migrations.AddField(
            model_name='duemove',
            name='duty',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='moves', to='casework.duty', verbose_name='时限任务'),
        ),
        migrations.AddField(
            model_name='movedigest',
            name='recipient',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='move_digests', to=settings.AUTH_USER_MODEL, verbose_name='接收人'),
        ),
        migrations.AddField(
            model_name='movedigest',
            name='up_to',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='casework.duemove', verbose_name='截至'),
        ),
        migrations.AddField(
            model_name='rulechange',
            name='decided_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='处理人'),
        ),
        migrations.AddField(
            model_name='rulechange',
            name='notice',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='change', to='casework.calendarnotice', verbose_name='载入的通知'),
        ),
        migrations.AddField(
            model_name='rulechange',
            name='proposed_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='提出人'),
        ),
        migrations.AddField(
            model_name='rulechange',
            name='rule',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='change', to='casework.limitrule', verbose_name='新增的规则'),
        ),
        migrations.AddIndex(
            model_name='duemove',
            index=models.Index(fields=['calendar_version', 'id'], name='due_move_version'),
        ),
        migrations.AddIndex(
            model_name='duemove',
            index=models.Index(condition=models.Q(('told_at', None)), fields=['id'], name='due_move_untold'),
        ),
        migrations.AddIndex(
            model_name='movedigest',
            index=models.Index(condition=models.Q(('read_at', None)), fields=['recipient', '-id'], name='move_digest_unread'),
        ),
        migrations.AddConstraint(
            model_name='movedigest',
            constraint=models.UniqueConstraint(fields=('recipient', 'up_to'), name='one_move_digest'),
        ),
        migrations.AddIndex(
            model_name='rulechange',
            index=models.Index(fields=['state', '-id'], name='rule_change_state'),
        ),
        migrations.AddConstraint(
            model_name='rulechange',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', None), ('state', 'proposed')), models.Q(models.Q(('state', 'proposed'), _negated=True), ('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='rule_change_decided_at_and_decided_by_with_state'),
        ),
        migrations.AddConstraint(
            model_name='rulechange',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['approved', 'rejected']), _negated=True), models.Q(('decided_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='rule_change_decided_by_a_second_person'),
        ),
        migrations.AddConstraint(
            model_name='rulechange',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'proposed')), fields=('digest',), name='rule_change_open_once'),
        ),
        *guards(),
    ]
