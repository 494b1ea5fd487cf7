from django.db import migrations, models
from django.db.models import Q


def once_more(apps, schema_editor):
    """What passed before has no web version yet: it is checked once more."""
    apps.get_model("files", "StoredFile").objects.filter(check_state="passed").update(check_state="waiting", job="waiting", attempts=0)


class Migration(migrations.Migration):

    dependencies = [("files", "0002_upload")]

    operations = [
        migrations.AddField("storedfile", "web_size", models.PositiveBigIntegerField(null=True)),
        migrations.AddField("storedfile", "poster_size", models.PositiveIntegerField(null=True)),
        migrations.AddField("storedfile", "peaks", models.JSONField(default=list)),
        migrations.AlterField(
            "storedfile",
            "refusal",
            models.CharField(blank=True, max_length=10, choices=[
                ("not_media", "This is no recording that we can open. Save it as MP4, MOV, WebM, MP3, M4A, OGG or WAV and upload it again."),
                ("broken", "The recording breaks off or is damaged. Open it on your device first, and upload it again."),
                ("silent", "There is no sound in the file. Check the microphone, record again and upload it."),
                ("no_picture", "There is no picture in the file. Upload it under Speak, or film again."),
                ("unsafe", "Our scanner holds the file to be harmful. Record the answer again, if you can on another device, and upload it."),
                ("too_large", "The picture or the length of the recording is more than we can take. Record it again in a smaller format."),
            ]),
        ),
        migrations.RunPython(once_more, migrations.RunPython.noop),
        migrations.AddConstraint(
            "storedfile",
            models.CheckConstraint(condition=~Q(check_state="passed") | Q(web_size__isnull=False), name="what_passed_has_a_web_version"),
        ),
    ]
