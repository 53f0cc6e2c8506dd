"""Every receipt names the sender of its letter."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_identity'),
        ('casework', '0011_letters_facts'),
    ]

    operations = [
        migrations.AlterField(
            model_name='recipient',
            name='sender',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sent_to', to='accounts.department', verbose_name='发函单位'),
        ),
    ]
