import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('content', '0001_beginning'),
        ('people', '0001_beginning'),
        ('sharing', '0001_beginning'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='RolledDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(unique=True)),
                ('raw_shares', models.PositiveIntegerField(default=0)),
                ('raw_hits', models.PositiveIntegerField(default=0)),
                ('stale', models.BooleanField(db_index=True, default=True)),
            ],
        ),
        migrations.CreateModel(
            name='RollUp',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('serial', models.PositiveBigIntegerField(default=0)),
                ('rules', models.PositiveSmallIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='NetworkDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('shares', models.PositiveIntegerField(default=0)),
                ('by_network', models.PositiveIntegerField(default=0)),
                ('by_click', models.PositiveIntegerField(default=0)),
                ('by_person', models.PositiveIntegerField(default=0)),
                ('clicks', models.PositiveIntegerField(default=0)),
                ('visitors', models.PositiveIntegerField(default=0)),
                ('own', models.PositiveIntegerField(default=0)),
                ('repeat', models.PositiveIntegerField(default=0)),
                ('preview', models.PositiveIntegerField(default=0)),
                ('other', models.PositiveIntegerField(default=0)),
                ('told', models.PositiveIntegerField(default=0)),
                ('likes', models.PositiveIntegerField(default=0)),
                ('reposts', models.PositiveIntegerField(default=0)),
                ('replies', models.PositiveIntegerField(default=0)),
                ('read_at', models.DateTimeField(null=True)),
                ('day', models.DateField()),
                ('network', models.CharField(max_length=20)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('day', 'network'), name='network_day_once')],
            },
        ),
        migrations.CreateModel(
            name='Reading',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('due_at', models.DateTimeField(db_index=True)),
                ('failures', models.PositiveSmallIntegerField(default=0)),
                ('share', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='sharing.share')),
            ],
        ),
        migrations.CreateModel(
            name='Counted',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('network', models.CharField(max_length=20)),
                ('confirmed', models.CharField(choices=[('network', 'The network says so'), ('click', 'Somebody clicked your link'), ('person', 'You said so')], max_length=10)),
                ('own_words', models.BooleanField(default=False)),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='content.item')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['person', 'day'], name='counted_person')],
                'constraints': [models.UniqueConstraint(fields=('day', 'person', 'item', 'network'), name='counted_once')],
            },
        ),
        migrations.CreateModel(
            name='GroupDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('shares', models.PositiveIntegerField(default=0)),
                ('by_network', models.PositiveIntegerField(default=0)),
                ('by_click', models.PositiveIntegerField(default=0)),
                ('by_person', models.PositiveIntegerField(default=0)),
                ('clicks', models.PositiveIntegerField(default=0)),
                ('visitors', models.PositiveIntegerField(default=0)),
                ('own', models.PositiveIntegerField(default=0)),
                ('repeat', models.PositiveIntegerField(default=0)),
                ('preview', models.PositiveIntegerField(default=0)),
                ('other', models.PositiveIntegerField(default=0)),
                ('told', models.PositiveIntegerField(default=0)),
                ('likes', models.PositiveIntegerField(default=0)),
                ('reposts', models.PositiveIntegerField(default=0)),
                ('replies', models.PositiveIntegerField(default=0)),
                ('read_at', models.DateTimeField(null=True)),
                ('day', models.DateField()),
                ('location', models.CharField(blank=True, max_length=80)),
                ('team', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.team')),
            ],
            options={
                'indexes': [models.Index(fields=['day'], name='group_day')],
            },
        ),
        migrations.CreateModel(
            name='HeadCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('invited', models.PositiveIntegerField()),
                ('joined', models.PositiveIntegerField()),
                ('team', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.team')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('day', 'team'), name='head_count_once'), models.UniqueConstraint(condition=models.Q(('team__isnull', True)), fields=('day',), name='company_count_once')],
            },
        ),
        migrations.CreateModel(
            name='ItemDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('shares', models.PositiveIntegerField(default=0)),
                ('by_network', models.PositiveIntegerField(default=0)),
                ('by_click', models.PositiveIntegerField(default=0)),
                ('by_person', models.PositiveIntegerField(default=0)),
                ('clicks', models.PositiveIntegerField(default=0)),
                ('visitors', models.PositiveIntegerField(default=0)),
                ('own', models.PositiveIntegerField(default=0)),
                ('repeat', models.PositiveIntegerField(default=0)),
                ('preview', models.PositiveIntegerField(default=0)),
                ('other', models.PositiveIntegerField(default=0)),
                ('told', models.PositiveIntegerField(default=0)),
                ('likes', models.PositiveIntegerField(default=0)),
                ('reposts', models.PositiveIntegerField(default=0)),
                ('replies', models.PositiveIntegerField(default=0)),
                ('read_at', models.DateTimeField(null=True)),
                ('day', models.DateField()),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='content.item')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('day', 'item'), name='item_day_once')],
            },
        ),
        migrations.CreateModel(
            name='Snapshot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('likes', models.PositiveIntegerField(null=True)),
                ('reposts', models.PositiveIntegerField(null=True)),
                ('replies', models.PositiveIntegerField(null=True)),
                ('quotes', models.PositiveIntegerField(null=True)),
                ('gone', models.BooleanField(default=False)),
                ('share', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='sharing.share')),
            ],
            options={
                'indexes': [models.Index(fields=['share', '-at'], name='snapshot_share_at')],
            },
        ),
    ]
