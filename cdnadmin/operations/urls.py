"""Addresses of operations."""

from django.urls import path

from cdnadmin.operations.views import pages

urlpatterns = [
    path("", pages.index, name="operation_list"),
    path("running/", pages.running_indicator, name="running_indicator"),
    path("<slug:public_id>/", pages.detail, name="operation_detail"),
    path("<slug:public_id>/progress/", pages.progress, name="operation_progress"),
    path("<slug:public_id>/cancel/", pages.cancel, name="operation_cancel"),
    path("<slug:public_id>/retry/", pages.retry, name="operation_retry"),
]
