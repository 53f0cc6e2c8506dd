"""From whom to whom a duty was handed; its facts get their triggers again, which SQLite loses with the old table."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from casework.core.append_only import append_only


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_identity'),
        ('casework', '0013_sent_content'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='dutyevent',
            name='holder_after',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.department', verbose_name='现责任单位'),
        ),
        migrations.AddField(
            model_name='dutyevent',
            name='holder_before',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.department', verbose_name='原责任单位'),
        ),
        migrations.AlterField(
            model_name='dutyevent',
            name='kind',
            field=models.CharField(choices=[('started', '起算'), ('paused', '暂停计时'), ('resumed', '恢复计时'), ('extended', '延期'), ('reassigned', '改派'), ('met', '完成'), ('voided', '终止'), ('lapsed', '逾期'), ('unreachable', '无人可办'), ('recomputed', '重算')], max_length=20, verbose_name='事实'),
        ),
        migrations.AlterField(
            model_name='escalationstep',
            name='stage',
            field=models.CharField(choices=[('soon', '即将到期'), ('due', '今日到期'), ('lapsed', '已逾期'), ('liaison', '逾期未办，报联络员'), ('leader', '逾期未办，报分管领导'), ('evaluator', '逾期未办，报考核评估部门'), ('handed', '改派至本单位')], max_length=20, verbose_name='节点'),
        ),
        migrations.AlterField(
            model_name='reminder',
            name='milestone',
            field=models.CharField(choices=[('soon', '即将到期'), ('due', '今日到期'), ('lapsed', '已逾期'), ('liaison', '逾期未办，报联络员'), ('leader', '逾期未办，报分管领导'), ('evaluator', '逾期未办，报考核评估部门'), ('handed', '改派至本单位')], max_length=20, verbose_name='节点'),
        ),
        migrations.AlterField(
            model_name='stagepassed',
            name='stage',
            field=models.CharField(choices=[('soon', '即将到期'), ('due', '今日到期'), ('lapsed', '已逾期'), ('liaison', '逾期未办，报联络员'), ('leader', '逾期未办，报分管领导'), ('evaluator', '逾期未办，报考核评估部门'), ('handed', '改派至本单位')], max_length=20, verbose_name='节点'),
        ),
        migrations.AddConstraint(
            model_name='dutyevent',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('holder_after__isnull', False), ('holder_before__isnull', False), ('kind', 'reassigned')), models.Q(models.Q(('kind', 'reassigned'), _negated=True), ('holder_after', None), ('holder_before', None)), _connector='OR'), name='duty_event_holders'),
        ),
        migrations.RunPython(*append_only("casework_dutyevent")),
    ]
