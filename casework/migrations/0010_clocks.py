"""Counting rules, steps of escalation, causes of pauses, extensions; the altered tables get their triggers again."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Coalesce

from casework.core.append_only import GUARDED, append_only
from casework.core.rules_data.seeds import seed_escalation

# SQLite rebuilds the first two and loses their triggers; the others are new.
TABLES = ("casework_limitrule", "casework_dutyevent", "casework_escalationstep", "casework_stagepassed")


def seed(apps, schema_editor):
    seed_escalation(apps)


def look_soon(apps, schema_editor):
    """The sweep looks at every open duty when it is warned of, or due, and reckons further from there."""
    duties = apps.get_model("casework", "Duty").objects.filter(closed_at=None)
    duties.update(next_at=Coalesce("soon_at", "due_at"))


def guards():
    for guard in (guard for guard in GUARDED if guard.table in TABLES):
        yield migrations.RunPython(
            *append_only(guard.table, mutable_columns=guard.mutable_columns, while_null=guard.while_null)
        )



class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_identity'),
        ('casework', '0009_list_indexes'),
        ('cms_pages', '0002_search_index'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Digest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='日期')),
                ('waiting', models.PositiveIntegerField(verbose_name='待办')),
                ('due_today', models.PositiveIntegerField(verbose_name='今日到期')),
                ('late', models.PositiveIntegerField(verbose_name='已逾期')),
                ('unread', models.PositiveIntegerField(verbose_name='未读提醒')),
                ('made_at', models.DateTimeField(verbose_name='生成时间')),
            ],
            options={
                'verbose_name': '每日提要',
                'verbose_name_plural': '每日提要',
            },
        ),
        migrations.CreateModel(
            name='EscalationStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('duty_kind', models.CharField(blank=True, choices=[('accept', '受理或一次性告知补正'), ('submit', '提交审批部门'), ('circulate', '流转联合审批单位'), ('opinion', '出具联合审批意见'), ('decide', '作出审批决定'), ('issue', '出具并送达结果'), ('push', '推送办理结果'), ('repush', '重新推送办理结果'), ('claim', '认领办理结果'), ('register', '纳入监管范围')], max_length=30, verbose_name='时限任务')),
                ('stage', models.CharField(choices=[('soon', '即将到期'), ('due', '今日到期'), ('lapsed', '已逾期'), ('liaison', '逾期未办，报联络员'), ('leader', '逾期未办，报分管领导'), ('evaluator', '逾期未办，报考核评估部门')], max_length=20, verbose_name='节点')),
                ('offset', models.DecimalField(decimal_places=1, max_digits=4, null=True, verbose_name='距届满（工作日）')),
                ('tier', models.CharField(choices=[('handlers', '经办人员'), ('liaison', '联络员'), ('leader', '分管领导'), ('evaluator', '考核评估人员')], max_length=20, verbose_name='提醒对象')),
                ('enabled', models.BooleanField(default=True, verbose_name='启用')),
                ('basis', models.CharField(max_length=300, verbose_name='依据')),
                ('valid_from', models.DateField(verbose_name='生效日期')),
                ('created_at', models.DateTimeField(verbose_name='登记时间')),
            ],
            options={
                'verbose_name': '督办规则',
                'verbose_name_plural': '督办规则',
            },
        ),
        migrations.CreateModel(
            name='Extension',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', models.DecimalField(decimal_places=1, max_digits=6, verbose_name='延长')),
                ('reason', models.CharField(max_length=300, verbose_name='理由')),
                ('basis', models.CharField(max_length=300, verbose_name='依据')),
                ('state', models.CharField(choices=[('asked', '待批准'), ('approved', '已批准'), ('refused', '不予批准')], default='asked', max_length=10, verbose_name='状态')),
                ('asked_at', models.DateTimeField(verbose_name='申请时间')),
                ('decided_at', models.DateTimeField(null=True, verbose_name='批准时间')),
                ('refusal', models.CharField(blank=True, max_length=300, verbose_name='不予批准的理由')),
            ],
            options={
                'verbose_name': '延期申请',
                'verbose_name_plural': '延期申请',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='StagePassed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stage', models.CharField(choices=[('soon', '即将到期'), ('due', '今日到期'), ('lapsed', '已逾期'), ('liaison', '逾期未办，报联络员'), ('leader', '逾期未办，报分管领导'), ('evaluator', '逾期未办，报考核评估部门')], max_length=20, verbose_name='节点')),
                ('tier', models.CharField(choices=[('handlers', '经办人员'), ('liaison', '联络员'), ('leader', '分管领导'), ('evaluator', '考核评估人员')], max_length=20, verbose_name='应提醒')),
                ('reached', models.CharField(blank=True, choices=[('handlers', '经办人员'), ('liaison', '联络员'), ('leader', '分管领导'), ('evaluator', '考核评估人员')], max_length=20, verbose_name='实际提醒')),
                ('at', models.DateTimeField(verbose_name='应提醒时间')),
                ('made_at', models.DateTimeField(verbose_name='提醒时间')),
            ],
            options={
                'verbose_name': '时限节点',
                'verbose_name_plural': '时限节点',
            },
        ),
        migrations.RemoveConstraint(
            model_name='case',
            name='case_state_known',
        ),
        migrations.RemoveConstraint(
            model_name='case',
            name='case_accepted_dated',
        ),
        migrations.RemoveIndex(
            model_name='duty',
            name='duty_open_soon',
        ),
        migrations.AddField(
            model_name='duty',
            name='counting',
            field=models.CharField(choices=[('next_day', '起算当日不计，次日起算'), ('next_half', '自下一个半日起算'), ('start_day', '起算当日计入')], default='next_day', max_length=20, verbose_name='起算规则'),
        ),
        migrations.AddField(
            model_name='duty',
            name='next_at',
            field=models.DateTimeField(null=True, verbose_name='下一节点时间'),
        ),
        migrations.AddField(
            model_name='dutyevent',
            name='cause',
            field=models.CharField(blank=True, choices=[('hearing', '听证'), ('tender', '招标'), ('auction', '拍卖'), ('inspection', '检验'), ('testing', '检测'), ('quarantine', '检疫'), ('appraisal', '鉴定'), ('expert_review', '专家评审')], max_length=20, verbose_name='法定情形'),
        ),
        migrations.AddField(
            model_name='limitrule',
            name='counting',
            field=models.CharField(choices=[('next_day', '起算当日不计，次日起算'), ('next_half', '自下一个半日起算'), ('start_day', '起算当日计入')], default='next_day', max_length=20, verbose_name='起算规则'),
        ),
        migrations.AddField(
            model_name='reminder',
            name='mail',
            field=models.CharField(choices=[('alone', '单独发送'), ('bundled', '合并发送'), ('none', '没有邮箱地址')], default='alone', max_length=10, verbose_name='邮件'),
        ),
        migrations.AlterField(
            model_name='case',
            name='state',
            field=models.CharField(choices=[('received', '已收件'), ('accepted', '已受理'), ('submitted', '待流转'), ('circulating', '联合审批中'), ('proposed', '待审定'), ('decided', '已决定'), ('closed', '已办结'), ('not_accepted', '不予受理'), ('withdrawn', '已撤回')], default='received', max_length=20, verbose_name='状态'),
        ),
        migrations.AlterField(
            model_name='notice',
            name='kind',
            field=models.CharField(choices=[('acceptance', '受理通知书'), ('refused_acceptance', '不予受理决定书'), ('grant', '准予行政许可决定书'), ('refusal', '不予行政许可决定书'), ('extension', '延长审批期限告知书'), ('withdrawal', '终止办理告知书')], max_length=30, verbose_name='类别'),
        ),
        migrations.AlterField(
            model_name='reminder',
            name='milestone',
            field=models.CharField(choices=[('soon', '即将到期'), ('due', '今日到期'), ('lapsed', '已逾期'), ('liaison', '逾期未办，报联络员'), ('leader', '逾期未办，报分管领导'), ('evaluator', '逾期未办，报考核评估部门')], max_length=20, verbose_name='节点'),
        ),
        migrations.AddIndex(
            model_name='duty',
            index=models.Index(condition=models.Q(('closed_at', None)), fields=['next_at', 'id'], name='duty_open_next'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['received', 'accepted', 'submitted', 'circulating', 'proposed', 'decided', 'closed', 'not_accepted', 'withdrawn'])), name='case_state_known'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('accepted_at__isnull', False), ('state__in', ['accepted', 'circulating', 'closed', 'decided', 'proposed', 'submitted'])), models.Q(models.Q(('state__in', ['accepted', 'circulating', 'closed', 'decided', 'proposed', 'submitted']), _negated=True), ('accepted_at', None)), ('state__in', ['withdrawn']), _connector='OR'), name='case_accepted_dated'),
        ),
        migrations.AddField(
            model_name='digest',
            name='recipient',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='escalationstep',
            name='created_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='登记人'),
        ),
        migrations.AddField(
            model_name='extension',
            name='asked_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='extension',
            name='asked_for',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='申请被代理人'),
        ),
        migrations.AddField(
            model_name='extension',
            name='decided_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='批准人'),
        ),
        migrations.AddField(
            model_name='extension',
            name='decided_for',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='批准被代理人'),
        ),
        migrations.AddField(
            model_name='extension',
            name='duty',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='extensions', to='casework.duty'),
        ),
        migrations.AddField(
            model_name='stagepassed',
            name='duty',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='stages', to='casework.duty'),
        ),
        migrations.AddConstraint(
            model_name='digest',
            constraint=models.UniqueConstraint(fields=('recipient', 'day'), name='one_digest'),
        ),
        migrations.AddIndex(
            model_name='escalationstep',
            index=models.Index(fields=['stage', '-valid_from'], name='escalation_stage_from'),
        ),
        migrations.AddConstraint(
            model_name='extension',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['asked', 'approved', 'refused'])), name='extension_state_known'),
        ),
        migrations.AddConstraint(
            model_name='extension',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['asked', 'approved'])), fields=('duty', 'state'), name='one_extension'),
        ),
        migrations.AddConstraint(
            model_name='extension',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', None), ('state', 'asked')), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('state__in', ['approved', 'refused'])), _connector='OR'), name='extension_decided_pair'),
        ),
        migrations.AddConstraint(
            model_name='extension',
            constraint=models.CheckConstraint(condition=models.Q(('decided_by', None), ('asked_by', None), models.Q(('decided_by', models.F('asked_by')), _negated=True), _connector='OR'), name='extension_asked_by_not_decided_by'),
        ),
        migrations.AddConstraint(
            model_name='extension',
            constraint=models.CheckConstraint(condition=models.Q(('decided_for', None), ('asked_by', None), models.Q(('decided_for', models.F('asked_by')), _negated=True), _connector='OR'), name='extension_asked_by_not_decided_for'),
        ),
        migrations.AddConstraint(
            model_name='extension',
            constraint=models.CheckConstraint(condition=models.Q(('decided_by', None), ('asked_for', None), models.Q(('decided_by', models.F('asked_for')), _negated=True), _connector='OR'), name='extension_asked_for_not_decided_by'),
        ),
        migrations.AddConstraint(
            model_name='extension',
            constraint=models.CheckConstraint(condition=models.Q(('decided_for', None), ('asked_for', None), models.Q(('decided_for', models.F('asked_for')), _negated=True), _connector='OR'), name='extension_asked_for_not_decided_for'),
        ),
        migrations.AddIndex(
            model_name='stagepassed',
            index=models.Index(condition=models.Q(('reached', models.F('tier')), _negated=True), fields=['-id'], name='stage_climbed'),
        ),
        migrations.AddConstraint(
            model_name='stagepassed',
            constraint=models.UniqueConstraint(fields=('duty', 'stage'), name='one_stage'),
        ),
        migrations.RunPython(seed, migrations.RunPython.noop),
        migrations.RunPython(look_soon, migrations.RunPython.noop),
        *guards(),
    ]
