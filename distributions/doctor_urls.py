"""Addresses of the doctor."""

from django.urls import path

from distributions.views import doctor

urlpatterns = [
    path("", doctor.index, name="doctor"),
    path("findings/<slug:public_id>/", doctor.find, name="doctor_finding"),
    path("findings/<slug:public_id>/mend/", doctor.mend, name="doctor_mend"),
    path("findings/<slug:public_id>/dismiss/", doctor.dismiss, name="doctor_dismiss"),
    path("findings/<slug:public_id>/restore/", doctor.restore, name="doctor_restore"),
    path("accounts/<slug:public_id>/examine/", doctor.examine, name="doctor_examine"),
    path("accounts/<slug:public_id>/policy.json", doctor.policy, name="doctor_policy"),
]
