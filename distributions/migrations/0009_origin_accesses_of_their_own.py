from django.db import migrations, models

import cdnadmin.accounts.models


def fill(apps, schema_editor):
    """Each its own public id; and what was made here was asked for by the name that it has."""
    OriginAccess = apps.get_model("distributions", "OriginAccess")
    for row in OriginAccess.objects.iterator():
        row.public_id = cdnadmin.accounts.models.new_public_id()
        row.reference = row.name
        row.save(update_fields=["public_id", "reference"])


class Migration(migrations.Migration):
    dependencies = [("distributions", "0008_privacy_checks")]

    operations = [
        migrations.AddField("originaccess", "public_id", models.CharField(editable=False, max_length=12, null=True)),
        migrations.AddField(
            "originaccess",
            "reference",
            models.CharField(
                blank=True,
                default="",
                help_text="What it was asked for by when it was made here: it outlives every renaming",
                max_length=128,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "originaccess",
            "gone_at",
            models.DateTimeField(blank=True, help_text="When AWS was seen to have it no more", null=True),
        ),
        migrations.AlterField(
            "originaccess",
            "config",
            models.JSONField(
                blank=True, default=dict, help_text="OriginAccessControlConfig as last seen; a control's alone"
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AlterField(
            "originaccess",
            "public_id",
            models.CharField(
                default=cdnadmin.accounts.models.new_public_id, editable=False, max_length=12, unique=True
            ),
        ),
    ]
