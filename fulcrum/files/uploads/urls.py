import uuid

from django.urls import path, register_converter

from fulcrum.files.uploads import views


class UploadId:
    """Thirty-two figures; the protocol's clients may drop the slash behind them."""

    regex = "[0-9a-f]{32}/?"

    def to_python(self, value: str) -> uuid.UUID:
        return uuid.UUID(value.rstrip("/"))

    def to_url(self, value: uuid.UUID) -> str:
        return f"{value.hex}/"


register_converter(UploadId, "upload")

urlpatterns = [
    path("uploads/", views.uploads, name="uploads"),
    path("uploads/<upload:token>", views.upload, name="upload"),
]
