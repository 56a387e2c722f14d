import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DailySalt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(unique=True)),
                ('salt', models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name='LogPosition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('segment', models.CharField(max_length=64, unique=True)),
                ('machine', models.CharField(blank=True, max_length=64)),
                ('offset', models.PositiveBigIntegerField(default=0)),
                ('counted_at', models.DateTimeField(auto_now=True)),
            ],
        ),
        migrations.CreateModel(
            name='Tally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('serial', models.PositiveBigIntegerField(default=0)),
                ('rules', models.PositiveSmallIntegerField()),
                ('recounted', models.DateField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='ShortLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.CharField(max_length=32, unique=True)),
                ('target', models.TextField()),
                ('network', models.CharField(blank=True, max_length=20)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('changed_at', models.DateTimeField(auto_now=True, db_index=True)),
                ('disabled_at', models.DateTimeField(blank=True, null=True)),
                ('first_click_at', models.DateTimeField(blank=True, null=True)),
                ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='LinkDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('person', models.PositiveIntegerField(default=0)),
                ('visitors', models.PositiveIntegerField(default=0)),
                ('own', models.PositiveIntegerField(default=0)),
                ('repeat', models.PositiveIntegerField(default=0)),
                ('preview', models.PositiveIntegerField(default=0)),
                ('other', models.PositiveIntegerField(default=0)),
                ('link', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='links.shortlink')),
            ],
            options={
                'indexes': [models.Index(fields=['day'], name='link_day_day')],
                'constraints': [models.UniqueConstraint(fields=('link', 'day'), name='link_day_once')],
            },
        ),
        migrations.CreateModel(
            name='Click',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('kind', models.CharField(choices=[('person', 'Person'), ('own', 'Own'), ('repeat', 'Repeat'), ('preview', 'Preview'), ('scanner', 'Scanner'), ('bot', 'Bot'), ('prefetch', 'Prefetch'), ('head', 'Head'), ('suspicious', 'Suspicious')], max_length=10)),
                ('rule', models.CharField(max_length=40)),
                ('rules', models.PositiveSmallIntegerField()),
                ('visitor', models.CharField(blank=True, max_length=16)),
                ('source', models.CharField(blank=True, max_length=8)),
                ('user_agent', models.CharField(blank=True, max_length=300)),
                ('referrer', models.CharField(blank=True, max_length=120)),
                ('link', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='links.shortlink')),
            ],
            options={
                'indexes': [models.Index(fields=['link', 'at'], name='click_link_at'), models.Index(fields=['at'], name='click_at'), models.Index(condition=models.Q(('kind', 'person')), fields=['visitor'], name='click_visitor')],
            },
        ),
    ]
