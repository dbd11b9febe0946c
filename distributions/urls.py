"""Addresses of distributions and signing keys."""

from django.urls import path

from distributions.views import change, create, detail, lists

urlpatterns = [
    path("", lists.distributions, name="distribution_list"),
    path("new/", create.create, name="distribution_create"),
    path("keys/", lists.signing_keys, name="signing_key_list"),
    path("<slug:public_id>/", detail.show, name="distribution_detail"),
    path("<slug:public_id>/edit/", change.edit, name="distribution_edit"),
    path("<slug:public_id>/enabled/", change.set_enabled, name="distribution_set_enabled"),
    path("<slug:public_id>/discard/", change.discard, name="distribution_discard"),
]
