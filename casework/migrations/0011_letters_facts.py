"""Objected and answered as facts of a receipt, what a letter expects, objections; the rules of 9.1 for them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from casework.core.append_only import GUARDED, append_only
from casework.core.rules_data.seeds import seed_rules

# SQLite rebuilt the one, the other is new.
TABLES = ("casework_limitrule", "casework_objection")


def guards():
    for guard in (guard for guard in GUARDED if guard.table in TABLES):
        yield migrations.RunPython(
            *append_only(guard.table, mutable_columns=guard.mutable_columns, while_null=guard.while_null)
        )


def fill(apps, schema_editor):
    """What existing rows say: who sent the letter, which duty it began, which opinion answered it."""
    seed_rules(apps)
    letters, recipients = apps.get_model("casework", "Letter"), apps.get_model("casework", "Recipient")
    sender = letters.objects.filter(pk=models.OuterRef("letter_id")).values("sender_id")[:1]
    # The column kept in whose name a letter was claimed or returned; an answer is a fact of its own now.
    recipients.objects.update(
        sender_id=models.Subquery(sender), settled_for_id=models.F("answered_for_id"), answered_for_id=None
    )
    for name, kind, thread in (("ResultPush", "claim", "push"), ("Circulation", "opinion", "circulation")):
        rows = apps.get_model("casework", name).objects.values_list("pk", "recipient_id")
        owed = dict(apps.get_model("casework", "Duty").objects.filter(kind=kind).values_list("key", "pk"))
        for pk, recipient in rows.iterator():
            if (key := f"{kind}:{thread}:{pk}") in owed:
                recipients.objects.filter(pk=recipient).update(duty_id=owed[key])
    opinions = apps.get_model("casework", "Opinion").objects.filter(signed_at__isnull=False)
    said = opinions.order_by("circulation_id", "version").values_list(
        "circulation__recipient_id", "signed_at", "signed_by_id", "signed_for_id"
    )
    for recipient, at, by, acting_for in said.iterator():  # the first one answered; later ones replaced it
        recipients.objects.filter(pk=recipient, answered_at=None).update(
            answered_at=at, answered_by_id=by, answered_for_id=acting_for
        )


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_identity'),
        ('casework', '0010_clocks'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='recipient',
            name='settled_for',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='认领或退回被代理人'),
        ),
        migrations.CreateModel(
            name='Objection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.TextField(verbose_name='疑义')),
                ('due_at', models.DateTimeField(null=True, verbose_name='提出期限')),
                ('answer', models.TextField(blank=True, verbose_name='答复')),
            ],
            options={
                'verbose_name': '疑义反馈',
                'verbose_name_plural': '疑义反馈',
            },
        ),
        migrations.AddField(
            model_name='limitrule',
            name='start_fact',
            field=models.CharField(blank=True, choices=[('delivery', '送达'), ('claim', '认领')], default='', max_length=20, verbose_name='起算事实'),
        ),
        migrations.AddField(
            model_name='recipient',
            name='answered_at',
            field=models.DateTimeField(null=True, verbose_name='答复时间'),
        ),
        migrations.AddField(
            model_name='recipient',
            name='answered_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='recipient',
            name='duty',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='recipient', to='casework.duty'),
        ),
        migrations.AddField(
            model_name='recipient',
            name='objected_at',
            field=models.DateTimeField(null=True, verbose_name='提出疑义时间'),
        ),
        migrations.AddField(
            model_name='recipient',
            name='objected_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='recipient',
            name='objected_for',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='提出疑义被代理人'),
        ),
        migrations.AddField(
            model_name='recipient',
            name='sender',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='sent_to', to='accounts.department', verbose_name='发函单位'),
        ),
        migrations.AlterField(
            model_name='duty',
            name='kind',
            field=models.CharField(choices=[('accept', '受理或一次性告知补正'), ('submit', '提交审批部门'), ('circulate', '流转联合审批单位'), ('opinion', '出具联合审批意见'), ('decide', '作出审批决定'), ('issue', '出具并送达结果'), ('push', '推送办理结果'), ('repush', '重新推送办理结果'), ('claim', '认领办理结果'), ('register', '纳入监管范围'), ('answer_objection', '答复疑义')], max_length=30, verbose_name='时限任务'),
        ),
        migrations.AlterField(
            model_name='escalationstep',
            name='duty_kind',
            field=models.CharField(blank=True, choices=[('accept', '受理或一次性告知补正'), ('submit', '提交审批部门'), ('circulate', '流转联合审批单位'), ('opinion', '出具联合审批意见'), ('decide', '作出审批决定'), ('issue', '出具并送达结果'), ('push', '推送办理结果'), ('repush', '重新推送办理结果'), ('claim', '认领办理结果'), ('register', '纳入监管范围'), ('answer_objection', '答复疑义')], max_length=30, verbose_name='时限任务'),
        ),
        migrations.AlterField(
            model_name='letter',
            name='kind',
            field=models.CharField(choices=[('circulation', '联合审批流转单'), ('result', '审批结果推送'), ('objection', '疑义反馈函'), ('objection_answer', '疑义答复函')], max_length=30, verbose_name='类别'),
        ),
        migrations.AlterField(
            model_name='limitrule',
            name='duty_kind',
            field=models.CharField(choices=[('accept', '受理或一次性告知补正'), ('submit', '提交审批部门'), ('circulate', '流转联合审批单位'), ('opinion', '出具联合审批意见'), ('decide', '作出审批决定'), ('issue', '出具并送达结果'), ('push', '推送办理结果'), ('repush', '重新推送办理结果'), ('claim', '认领办理结果'), ('register', '纳入监管范围'), ('answer_objection', '答复疑义'), ('objection', '提出疑义')], max_length=30, verbose_name='时限任务'),
        ),
        migrations.AlterField(
            model_name='recipient',
            name='answered_for',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='答复被代理人'),
        ),
        migrations.AddIndex(
            model_name='recipient',
            index=models.Index(fields=['sender', '-id'], name='recipient_sender'),
        ),
        migrations.AddIndex(
            model_name='recipient',
            index=models.Index(condition=models.Q(('opened_at', None)), fields=['department', '-id'], name='recipient_dept_unopened'),
        ),
        migrations.AddIndex(
            model_name='recipient',
            index=models.Index(condition=models.Q(('opened_at', None)), fields=['sender', '-id'], name='recipient_sender_unopened'),
        ),
        migrations.AddConstraint(
            model_name='recipient',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('objected_at', None), ('objected_by', None)), models.Q(('objected_at__isnull', False), ('objected_by__isnull', False)), _connector='OR'), name='recipient_objected_pair'),
        ),
        migrations.AddConstraint(
            model_name='recipient',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answered_at', None), ('answered_by', None)), models.Q(('answered_at__isnull', False), ('answered_by__isnull', False)), _connector='OR'), name='recipient_answered_pair'),
        ),
        migrations.AddConstraint(
            model_name='recipient',
            constraint=models.CheckConstraint(condition=models.Q(('objected_at', None), ('returned_at', None), ('objected_at__lte', models.F('returned_at')), _connector='OR'), name='recipient_objected_before_return'),
        ),
        migrations.AddField(
            model_name='objection',
            name='answer_letter',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='casework.letter'),
        ),
        migrations.AddField(
            model_name='objection',
            name='asked',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='asks', to='casework.recipient'),
        ),
        migrations.AddField(
            model_name='objection',
            name='recipient',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='objection', to='casework.recipient'),
        ),
        migrations.AddField(
            model_name='objection',
            name='rule',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='casework.limitrule', verbose_name='期限规则'),
        ),
        migrations.AddConstraint(
            model_name='objection',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answer', ''), ('answer_letter', None)), models.Q(models.Q(('answer', ''), _negated=True), ('answer_letter__isnull', False)), _connector='OR'), name='objection_answer_with_letter'),
        ),
        *guards(),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
