"""Every address of the dashboard."""

from django.urls import include, path

from cdnadmin import styleguide

urlpatterns = [
    path("", include("media.urls")),
    path("distributions/", include("distributions.urls")),
    path("doctor/", include("distributions.doctor_urls")),
    path("operations/", include("cdnadmin.operations.urls")),
    path("", include("cdnadmin.accounts.urls")),
    path("account/", include("cdnadmin.accounts.log_in_urls")),
    path("health/", include("cdnadmin.health")),
    path("styleguide/", styleguide.show, name="styleguide"),
]
