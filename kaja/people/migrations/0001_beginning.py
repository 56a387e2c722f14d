import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Person',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('email', models.EmailField(max_length=254, unique=True)),
                ('employee_id', models.CharField(blank=True, max_length=40)),
                ('first_name', models.CharField(max_length=80)),
                ('last_name', models.CharField(blank=True, max_length=80)),
                ('job_title', models.CharField(blank=True, max_length=120)),
                ('location', models.CharField(blank=True, db_index=True, max_length=80)),
                ('country', models.CharField(blank=True, max_length=2)),
                ('languages', models.JSONField(blank=True, default=list)),
                ('language', models.CharField(blank=True, max_length=8)),
                ('time_zone', models.CharField(blank=True, max_length=60)),
                ('theme', models.CharField(choices=[('auto', 'As the device'), ('light', 'Light'), ('dark', 'Dark')], default='auto', max_length=5)),
                ('avatar', models.CharField(blank=True, max_length=200)),
                ('show_me', models.BooleanField(default=True)),
                ('is_active', models.BooleanField(default=True)),
                ('invited_at', models.DateTimeField(blank=True, null=True)),
                ('joined_at', models.DateTimeField(blank=True, db_index=True, null=True)),
                ('left_at', models.DateTimeField(blank=True, null=True)),
                ('feed_seen_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Audience',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fingerprint', models.CharField(max_length=64, unique=True)),
                ('by_team', models.BooleanField(default=False)),
                ('by_location', models.BooleanField(default=False)),
                ('by_language', models.BooleanField(default=False)),
                ('label', models.CharField(max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name='Company',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120)),
                ('short_name', models.CharField(max_length=40)),
                ('colour', models.CharField(default='#0b6b5d', max_length=7)),
                ('logo', models.FileField(blank=True, upload_to='company/')),
                ('language', models.CharField(default='en', max_length=8)),
                ('time_zone', models.CharField(default='Europe/Tallinn', max_length=60)),
                ('hashtag', models.CharField(blank=True, max_length=60)),
                ('weekly_goal', models.PositiveSmallIntegerField(default=3)),
                ('utm_template', models.CharField(default='utm_source={network}&utm_medium=social&utm_campaign={campaign}&utm_content={item}', max_length=300)),
                ('version', models.PositiveIntegerField(default=1)),
            ],
        ),
        migrations.CreateModel(
            name='ApiToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('token_hash', models.CharField(max_length=64, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('last_used_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='api_tokens', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Team',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120)),
                ('department', models.CharField(blank=True, max_length=120)),
            ],
            options={
                'ordering': ['department', 'name'],
                'constraints': [models.UniqueConstraint(fields=('department', 'name'), name='team_once')],
            },
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email', models.EmailField(max_length=254)),
                ('first_name', models.CharField(blank=True, max_length=80)),
                ('last_name', models.CharField(blank=True, max_length=80)),
                ('roles', models.JSONField(default=list)),
                ('token_hash', models.CharField(max_length=64, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('expires_at', models.DateTimeField()),
                ('accepted_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('invited_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='people.team')),
            ],
        ),
        migrations.AddField(
            model_name='person',
            name='team',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='members', to='people.team'),
        ),
        migrations.CreateModel(
            name='AudienceTerm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('team', 'Team'), ('location', 'Location'), ('language', 'Language')], max_length=10)),
                ('value', models.CharField(max_length=80)),
                ('audience', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='terms', to='people.audience')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('audience', 'kind', 'value'), name='term_once')],
            },
        ),
        migrations.CreateModel(
            name='RoleGrant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('advocate', 'Advocate'), ('leader', 'Leader'), ('editor', 'Editor'), ('reviewer', 'Reviewer'), ('manager', 'Programme manager'), ('viewer', 'Viewer'), ('administrator', 'Administrator')], max_length=20)),
                ('granted_at', models.DateTimeField(auto_now_add=True)),
                ('granted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='grants', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('person', 'role'), name='role_once')],
            },
        ),
    ]
