"""Addresses of people, AWS accounts and the audit trail."""

from django.urls import path

from cdnadmin.accounts.views import aws_accounts, people

urlpatterns = [
    path("people/", people.index, name="people"),
    path("people/invite/", people.invite, name="person_invite"),
    path("people/<slug:public_id>/", people.detail, name="person_detail"),
    path("people/<slug:public_id>/link/", people.renew, name="person_link"),
    path("people/<slug:public_id>/active/", people.set_active, name="person_set_active"),
    path("people/<slug:public_id>/second-factor/", people.remove_second_factor, name="person_remove_second_factor"),
    path("welcome/<str:token>/", people.welcome, name="invitation_accept"),
    path("accounts/", aws_accounts.index, name="aws_account_list"),
    path("accounts/connect/", aws_accounts.create, name="aws_account_create"),
    path("accounts/<slug:public_id>/", aws_accounts.detail, name="aws_account_detail"),
    path("accounts/<slug:public_id>/test/", aws_accounts.test, name="aws_account_test"),
    path("accounts/<slug:public_id>/delete/", aws_accounts.delete, name="aws_account_delete"),
    path("activity/", aws_accounts.audit, name="audit_list"),
]
