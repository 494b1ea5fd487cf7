from django.conf.urls.i18n import i18n_patterns
from django.shortcuts import redirect
from django.urls import include, path

from fulcrum.calls.views import security_txt
from fulcrum.guard.predicates import anyone
from fulcrum.guard.views import policy
from fulcrum.mail.urls import local
from fulcrum.work.views import healthz, readyz
from programme.certificates.views import verify

root = policy(anyone)(lambda request: redirect("home"))  # into the reader's language

urlpatterns = [
    path("", root, name="root"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path(".well-known/security.txt", security_txt, name="security_txt"),
    path("verify/<str:code>", verify, name="verify"),  # stands on paper, so it is short and knows no language
    path("", include("fulcrum.files.uploads.urls")),
    path("", include("fulcrum.ui.urls")),
    path("", include("fulcrum.demo.urls")),
    *local,
    *i18n_patterns(
        path("", include("fulcrum.calls.urls")),
        path("", include("fulcrum.people.urls")),
        path("", include("fulcrum.mail.urls")),
        path("", include("applications.urls")),
        path("", include("selection.urls")),
        path("", include("programme.urls")),
    ),
]

handler400 = "fulcrum.ui.errors.bad_request"
handler403 = "fulcrum.ui.errors.forbidden"
handler404 = "fulcrum.ui.errors.not_found"
handler500 = "fulcrum.ui.errors.broken"
