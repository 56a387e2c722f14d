import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('content', '0001_beginning'),
        ('links', '0001_beginning'),
        ('networks', '0001_beginning'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Share',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('network', models.CharField(max_length=20)),
                ('way', models.CharField(choices=[('api', 'Posted by Kaja'), ('dialog', 'Posted by you')], max_length=10)),
                ('text', models.TextField()),
                ('language', models.CharField(blank=True, max_length=8)),
                ('own_words', models.BooleanField(default=False)),
                ('wording', models.CharField(blank=True, max_length=16)),
                ('state', models.CharField(choices=[('planned', 'Planned'), ('held', 'On hold'), ('sending', 'Sending'), ('published', 'Published'), ('unknown', 'Not sure'), ('failed', 'Did not go out'), ('cancelled', 'Cancelled'), ('removed', 'Removed')], max_length=10)),
                ('not_before', models.DateTimeField()),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('worker', models.CharField(blank=True, max_length=64)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('reason', models.CharField(blank=True, max_length=40)),
                ('detail', models.CharField(blank=True, max_length=500)),
                ('record_key', models.CharField(blank=True, max_length=64)),
                ('payload', models.JSONField(blank=True, null=True)),
                ('post_id', models.CharField(blank=True, max_length=300)),
                ('post_url', models.CharField(blank=True, max_length=500)),
                ('published_at', models.DateTimeField(blank=True, db_index=True, null=True)),
                ('confirmed', models.CharField(blank=True, choices=[('network', 'The network says so'), ('click', 'Somebody clicked your link'), ('person', 'You said so')], max_length=10)),
                ('wish', models.CharField(blank=True, max_length=80)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='networks.connectedaccount')),
                ('caption', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='content.caption')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='content.item')),
                ('link', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='links.shortlink')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('worker', models.CharField(max_length=64)),
                ('started_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('outcome', models.CharField(blank=True, max_length=20)),
                ('reason', models.CharField(blank=True, max_length=40)),
                ('detail', models.CharField(blank=True, max_length=500)),
                ('share', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tries', to='sharing.share')),
            ],
            options={
                'ordering': ['number'],
            },
        ),
        migrations.CreateModel(
            name='CaptionUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('circle', models.CharField(max_length=100)),
                ('used', models.PositiveIntegerField(default=0)),
                ('caption', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='content.caption')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('caption', 'circle'), name='caption_use_once')],
            },
        ),
        migrations.AddIndex(
            model_name='share',
            index=models.Index(fields=['state', 'not_before'], name='share_due'),
        ),
        migrations.AddIndex(
            model_name='share',
            index=models.Index(fields=['person', '-created_at'], name='share_person'),
        ),
        migrations.AddIndex(
            model_name='share',
            index=models.Index(fields=['item', '-published_at', '-id', 'state', 'person'], name='share_item'),
        ),
        migrations.AddConstraint(
            model_name='share',
            constraint=models.UniqueConstraint(condition=models.Q(('wish', ''), _negated=True), fields=('person', 'wish'), name='share_wish_once'),
        ),
        migrations.AddConstraint(
            model_name='share',
            constraint=models.UniqueConstraint(condition=models.Q(('record_key', ''), _negated=True), fields=('account', 'record_key'), name='share_record_key_once'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.UniqueConstraint(fields=('share', 'number'), name='attempt_once'),
        ),
    ]
