"""Every page there is, for checks and pictures: who opens it, and where. A named address is here or says why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse


@dataclass(frozen=True)
class Address:
    """`argument` names what stands in the path, as "assets:First cut" in the answer of `seeding.studio`."""

    name: str
    route: str
    argument: str = ""
    query: str = ""
    role: str = "administrator"
    status: int = 200

    def path(self, made: dict[str, Any]) -> str:
        found: Any = made
        for part in filter(None, self.argument.split(":")):
            found = found[part] if isinstance(found, dict) and part in found else part
        return reverse(self.route, args=[found] if self.argument else []) + self.query


STRANGER = ""  # nobody is logged in

ADDRESSES = (
    Address("home", "home"),
    Address("home-viewer", "home", role="viewer"),
    Address("library", "library"),
    Address("library-table", "library", query="?view=table"),
    Address("library-none", "library", query="?search=nothing+like+it"),
    Address("asset-video", "asset_detail", "assets:Launch film"),
    Address("asset-private", "asset_detail", "assets:First cut"),
    Address("asset-viewer", "asset_detail", "assets:First cut", role="viewer"),
    Address("asset-audio", "asset_detail", "assets:Jingle"),
    Address("asset-image", "asset_detail", "assets:Key art"),
    Address("asset-file", "asset_detail", "assets:Press release"),
    Address("asset-failed", "asset_detail", "failed_asset"),
    Address("asset-uploading", "asset_detail", "assets:Second cut"),
    Address("asset-rename", "asset_rename", "assets:First cut"),
    Address("asset-delete", "asset_delete", "assets:First cut"),
    Address("asset-share", "share_link_create", "assets:First cut"),
    Address("upload", "upload"),
    Address("uploads", "upload_list", query="?whose=all"),
    Address("links", "share_link_list"),
    Address("links-none", "share_link_list", role="editor"),
    Address("share", "share_open", "tokens:open", role="viewer"),
    Address("share-ended", "share_open", "tokens:back", role="viewer", status=410),
    Address("distributions", "distribution_list"),
    Address("distribution-create", "distribution_create"),
    Address("distribution-import", "distribution_import"),
    Address("distribution-public", "distribution_detail", "distributions:Press kit"),
    Address("distribution-private", "distribution_detail", "distributions:Premiere"),
    Address("distribution-disabled", "distribution_detail", "distributions:Archive 2024"),
    Address("distribution-failed", "distribution_detail", "distributions:Trailers"),
    Address("distribution-access", "distribution_access", "distributions:Press kit"),
    Address("distribution-access-private", "distribution_access", "distributions:Premiere"),
    Address("distribution-privacy", "distribution_privacy", "distributions:Premiere"),
    Address("plan-access", "plan_detail", "plans:access"),
    Address("distribution-invalidations", "distribution_invalidations", "distributions:Press kit", query="?paths=/index.html"),
    Address("plan", "plan_detail", "plans:draft"),
    Address("plan-conflict", "plan_detail", "plans:conflict"),
    Address("plan-applied", "plan_detail", "plans:applied"),
    Address("plan-general", "plan_general", "plans:draft"),
    Address("plan-viewers", "plan_viewers", "plans:draft"),
    Address("plan-origin", "plan_origin", "plans:draft", query="?id=media"),
    Address("plan-origin-server", "plan_origin", "plans:draft", query="?kind=custom"),
    Address("plan-group", "plan_group", "plans:draft"),
    Address("plan-behavior", "plan_behavior", "plans:draft", query="?default=1"),
    Address("plan-error", "plan_error", "plans:draft"),
    Address("plan-tags", "plan_tags", "plans:draft"),
    Address("distribution-signers", "distribution_signers", "distributions:Premiere"),
    Address("distribution-history", "distribution_history", "distributions:Press kit"),
    Address("distribution-compare", "distribution_compare", "distributions:Press kit", query="?to=2"),
    Address("distribution-drift", "distribution_drift", "distributions:Premiere"),
    Address("distribution-no-drift", "distribution_drift", "distributions:Press kit"),
    Address("distribution-export", "distribution_export", "distributions:Press kit"),
    Address("distribution-grants", "distribution_grants", "distributions:Press kit"),
    Address("distribution-delete", "distribution_delete", "distributions:Press kit"),
    Address("distribution-rtmp", "distribution_detail", "distributions:Talks of 2010"),
    Address("distribution-succeed", "distribution_succeed", "distributions:Talks of 2010"),
    Address("origin-accesses", "origin_access_list"),
    Address("origin-access-create", "origin_access_create"),
    Address("origin-access-control", "origin_access_detail", "accesses:oac"),
    Address("origin-access-identity", "origin_access_detail", "accesses:oai"),
    Address("signing-keys", "signing_key_list"),
    Address("doctor", "doctor"),
    Address("doctor-none", "doctor", query="?search=nothing+like+it"),
    Address("operations", "operation_list"),
    Address("operation-done", "operation_detail", "operations:succeeded"),
    Address("operation-failed", "operation_detail", "operations:failed"),
    Address("people", "people"),
    Address("person", "person_detail", "people:editor"),
    Address("person-invite", "person_invite"),
    Address("accounts", "aws_account_list"),
    Address("account", "aws_account_detail", "accounts:Sandbox"),
    Address("account-refused", "aws_account_detail", "accounts:Old account"),
    Address("account-create", "aws_account_create"),
    Address("activity", "audit_list"),
    Address("styleguide", "styleguide"),
    Address("welcome", "invitation_accept", "invitation", role=STRANGER),
    Address("welcome-ended", "invitation_accept", "never-was-one", role=STRANGER, status=410),
    Address("log-in", "account_login", role=STRANGER),
    Address("log-out", "account_logout"),
    Address("password", "account_change_password"),
    Address("second-factor", "mfa_index"),
    Address("second-factor-begin", "mfa_activate_totp"),
    Address("confirm-access", "account_reauthenticate"),
    Address("shut-out", "account_inactive", role=STRANGER),
    Address("sign-up-closed", "account_signup", role=STRANGER),
    Address("refused", "people", role="viewer", status=403),
    Address("missing", "asset_detail", "neverwasone", status=404),
)

ONLY_POST = "answers POST alone"
NO_PAGE = "answers no page: JSON, XML, a file or a redirect"
PART = "answers a part of a page, which is checked in its page"
NOT_COVERED = {
    "asset_private_link": ONLY_POST,
    "home_hide_guide": ONLY_POST,
    "upload_begin": ONLY_POST,
    "upload_token": ONLY_POST,
    "upload_stop": ONLY_POST,
    "share_link_revoke": ONLY_POST,
    "distribution_set_enabled": ONLY_POST,
    "distribution_access_look": ONLY_POST,
    "distribution_privacy_check": ONLY_POST,
    "distribution_access_switch": ONLY_POST,
    "distribution_restore": ONLY_POST,
    "plan_begin": ONLY_POST,
    "distribution_import_begin": ONLY_POST,
    "plan_apply": ONLY_POST,
    "plan_discard": ONLY_POST,
    "plan_resolve": ONLY_POST,
    "plan_arrange": ONLY_POST,
    "distribution_discard": ONLY_POST,
    "distribution_managed": ONLY_POST,
    "distribution_export_file": NO_PAGE,
    "distribution_delete_undo": ONLY_POST,
    "origin_access_refresh": ONLY_POST,
    "origin_access_rename": ONLY_POST,
    "origin_access_delete": ONLY_POST,
    "doctor_examine": ONLY_POST,
    "doctor_mend": ONLY_POST,
    "doctor_dismiss": ONLY_POST,
    "doctor_restore": ONLY_POST,
    "doctor_finding": NO_PAGE,
    "doctor_policy": NO_PAGE,
    "operation_cancel": ONLY_POST,
    "operation_retry": ONLY_POST,
    "person_link": ONLY_POST,
    "person_set_active": ONLY_POST,
    "person_remove_second_factor": ONLY_POST,
    "aws_account_test": ONLY_POST,
    "aws_account_delete": ONLY_POST,
    "asset_preview": NO_PAGE,
    "upload_states": NO_PAGE,
    "relay_upload": NO_PAGE,
    "relay_part": NO_PAGE,
    "share_file": NO_PAGE,
    "share_renew": NO_PAGE,
    "health_live": NO_PAGE,
    "health_ready": NO_PAGE,
    "running_indicator": PART,
    "operation_progress": PART,
    "mfa_authenticate": "the second step of a log-in; driven in test_second_factor",
    "mfa_reauthenticate": "leads to account_reauthenticate where no second factor is set",
    "mfa_deactivate_totp": "needs a second factor",
    "mfa_view_recovery_codes": "needs a second factor",
    "mfa_generate_recovery_codes": "needs a second factor",
    "mfa_download_recovery_codes": NO_PAGE,
}


def named_addresses() -> set[str]:
    """The name of every address that the dashboard answers."""
    return _names(get_resolver().url_patterns)


def _names(patterns: list[URLPattern | URLResolver]) -> set[str]:
    found: set[str] = set()
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            found |= _names(pattern.url_patterns)
        else:
            found.add(pattern.name or str(pattern.pattern))
    return found
