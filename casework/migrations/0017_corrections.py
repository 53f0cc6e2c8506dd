"""一次性告知补正: the notice, its items, two states, the applicant's time as a rule; notices get their triggers again."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from casework.core.append_only import append_only
from casework.core.rules_data.seeds import seed_rules


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_identity'),
        ('casework', '0016_told_per_due_time'),
        ('cms_pages', '0003_import_complete'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CorrectionRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asked_at', models.DateTimeField(verbose_name='告知时间')),
                ('resubmitted_at', models.DateTimeField(null=True, verbose_name='补正齐全时间')),
                ('returned_at', models.DateTimeField(null=True, verbose_name='退回时间')),
            ],
            options={
                'verbose_name': '补正告知',
                'verbose_name_plural': '补正告知',
            },
        ),
        migrations.CreateModel(
            name='CorrectionItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(max_length=300, verbose_name='补正内容')),
                ('met_at', models.DateTimeField(null=True, verbose_name='补正时间')),
            ],
            options={
                'verbose_name': '补正内容',
                'verbose_name_plural': '补正内容',
                'ordering': ['id'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='case',
            name='case_state_known',
        ),
        migrations.AlterField(
            model_name='case',
            name='state',
            field=models.CharField(choices=[('received', '已收件'), ('accepted', '已受理'), ('submitted', '待流转'), ('circulating', '联合审批中'), ('proposed', '待审定'), ('decided', '已决定'), ('closed', '已办结'), ('not_accepted', '不予受理'), ('correcting', '待补正'), ('returned', '已退回'), ('withdrawn', '已撤回')], default='received', max_length=20, verbose_name='状态'),
        ),
        migrations.AlterField(
            model_name='duty',
            name='kind',
            field=models.CharField(choices=[('accept', '受理或一次性告知补正'), ('correct', '等候申请人补正'), ('submit', '提交审批部门'), ('circulate', '流转联合审批单位'), ('opinion', '出具联合审批意见'), ('decide', '作出审批决定'), ('issue', '出具并送达结果'), ('push', '推送办理结果'), ('repush', '重新推送办理结果'), ('claim', '认领办理结果'), ('register', '纳入监管范围'), ('answer_objection', '答复疑义')], max_length=30, verbose_name='时限任务'),
        ),
        migrations.AlterField(
            model_name='escalationstep',
            name='duty_kind',
            field=models.CharField(blank=True, choices=[('accept', '受理或一次性告知补正'), ('correct', '等候申请人补正'), ('submit', '提交审批部门'), ('circulate', '流转联合审批单位'), ('opinion', '出具联合审批意见'), ('decide', '作出审批决定'), ('issue', '出具并送达结果'), ('push', '推送办理结果'), ('repush', '重新推送办理结果'), ('claim', '认领办理结果'), ('register', '纳入监管范围'), ('answer_objection', '答复疑义')], max_length=30, verbose_name='时限任务'),
        ),
        migrations.AlterField(
            model_name='limitrule',
            name='duty_kind',
            field=models.CharField(choices=[('accept', '受理或一次性告知补正'), ('correct', '等候申请人补正'), ('submit', '提交审批部门'), ('circulate', '流转联合审批单位'), ('opinion', '出具联合审批意见'), ('decide', '作出审批决定'), ('issue', '出具并送达结果'), ('push', '推送办理结果'), ('repush', '重新推送办理结果'), ('claim', '认领办理结果'), ('register', '纳入监管范围'), ('answer_objection', '答复疑义'), ('objection', '提出疑义')], max_length=30, verbose_name='时限任务'),
        ),
        migrations.AlterField(
            model_name='notice',
            name='kind',
            field=models.CharField(choices=[('acceptance', '受理通知书'), ('refused_acceptance', '不予受理决定书'), ('grant', '准予行政许可决定书'), ('refusal', '不予行政许可决定书'), ('extension', '延长审批期限告知书'), ('withdrawal', '终止办理告知书'), ('correction', '补正告知书'), ('return', '退回申请告知书')], max_length=30, verbose_name='类别'),
        ),
        migrations.AlterField(
            model_name='notice',
            name='made_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['received', 'accepted', 'submitted', 'circulating', 'proposed', 'decided', 'closed', 'not_accepted', 'correcting', 'returned', 'withdrawn'])), name='case_state_known'),
        ),
        migrations.AddField(
            model_name='correctionrequest',
            name='asked_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='correctionrequest',
            name='case',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='correction', to='casework.case'),
        ),
        migrations.AddField(
            model_name='correctionrequest',
            name='notice',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='correction', to='casework.notice'),
        ),
        migrations.AddField(
            model_name='correctionrequest',
            name='resubmitted_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='correctionitem',
            name='correction',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='casework.correctionrequest'),
        ),
        migrations.AddField(
            model_name='correctionitem',
            name='material',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='casework.submittedmaterial'),
        ),
        migrations.AddConstraint(
            model_name='correctionrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('resubmitted_at', None), ('resubmitted_by', None)), models.Q(('resubmitted_at__isnull', False), ('resubmitted_by__isnull', False), ('returned_at', None)), _connector='OR'), name='correction_ends_once'),
        ),
        migrations.AddConstraint(
            model_name='correctionitem',
            constraint=models.UniqueConstraint(fields=('correction', 'material'), name='one_item_per_material'),
        ),
        migrations.RunPython(*append_only("casework_notice")),
        migrations.RunPython(lambda apps, _editor: seed_rules(apps), migrations.RunPython.noop),
    ]
