"""Addresses of distributions and signing keys."""

from django.urls import path

from distributions.views import (
    change,
    create,
    delete,
    detail,
    history,
    importing,
    invalidations,
    lists,
    managing,
    plan_edits,
    plans,
)

urlpatterns = [
    path("", lists.distributions, name="distribution_list"),
    path("new/", create.create, name="distribution_create"),
    path("import/", importing.accounts, name="distribution_import"),
    path("import/begin/", importing.begin, name="distribution_import_begin"),
    path("keys/", lists.signing_keys, name="signing_key_list"),
    path("plans/<slug:public_id>/", plans.show, name="plan_detail"),
    path("plans/<slug:public_id>/apply/", plans.apply, name="plan_apply"),
    path("plans/<slug:public_id>/discard/", plans.discard, name="plan_discard"),
    path("plans/<slug:public_id>/resolve/", plans.resolve, name="plan_resolve"),
    path("plans/<slug:public_id>/general/", plan_edits.general, name="plan_general"),
    path("plans/<slug:public_id>/viewers/", plan_edits.viewers, name="plan_viewers"),
    path("plans/<slug:public_id>/origin/", plan_edits.origin, name="plan_origin"),
    path("plans/<slug:public_id>/origin-group/", plan_edits.group, name="plan_group"),
    path("plans/<slug:public_id>/behavior/", plan_edits.behavior, name="plan_behavior"),
    path("plans/<slug:public_id>/error-page/", plan_edits.error_response, name="plan_error"),
    path("plans/<slug:public_id>/tags/", plan_edits.tags, name="plan_tags"),
    path("plans/<slug:public_id>/arrange/", plan_edits.arrange, name="plan_arrange"),
    path("<slug:public_id>/", detail.show, name="distribution_detail"),
    path("<slug:public_id>/invalidations/", invalidations.invalidations, name="distribution_invalidations"),
    path("<slug:public_id>/change/", plans.begin, name="plan_begin"),
    path("<slug:public_id>/history/", history.history, name="distribution_history"),
    path("<slug:public_id>/history/compare/", history.compare_versions, name="distribution_compare"),
    path("<slug:public_id>/history/restore/", history.restore, name="distribution_restore"),
    path("<slug:public_id>/drift/", history.drift, name="distribution_drift"),
    path("<slug:public_id>/enabled/", change.set_enabled, name="distribution_set_enabled"),
    path("<slug:public_id>/managed/", managing.mark, name="distribution_managed"),
    path("<slug:public_id>/delete/", delete.delete, name="distribution_delete"),
    path("<slug:public_id>/delete/undo/", delete.undo, name="distribution_delete_undo"),
    path("<slug:public_id>/discard/", change.discard, name="distribution_discard"),
]
