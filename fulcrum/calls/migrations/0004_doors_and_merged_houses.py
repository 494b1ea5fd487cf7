import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("calls", "0003_call_signatory_name_call_signatory_role_unit")]

    operations = [
        migrations.AddField(model_name="eligibilityquestion", name="ways", field=models.JSONField(blank=True, default=list)),
        migrations.AddField(model_name="house", name="postcode", field=models.CharField(blank=True, max_length=10)),
        migrations.AddField(
            model_name="house",
            name="merged_into",
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="merged", to="calls.house"),
        ),
    ]
