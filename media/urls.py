"""Addresses of the library, uploads, share links and the first page."""

from django.urls import path

from media.views import assets, home, library, links, relay, share, uploads

urlpatterns = [
    path("", home.show, name="home"),
    path("guide/hide/", home.hide_guide, name="home_hide_guide"),
    path("library/", library.show, name="library"),
    path("library/<slug:public_id>/", assets.show, name="asset_detail"),
    path("library/<slug:public_id>/rename/", assets.rename, name="asset_rename"),
    path("library/<slug:public_id>/delete/", assets.delete, name="asset_delete"),
    path("library/<slug:public_id>/private-link/", assets.private_link, name="asset_private_link"),
    path("library/<slug:public_id>/preview/", assets.preview, name="asset_preview"),
    path("library/<slug:public_id>/share/", links.create, name="share_link_create"),
    path("upload/", uploads.show, name="upload"),
    path("upload/begin/", uploads.begin, name="upload_begin"),
    path("uploads/", uploads.index, name="upload_list"),
    path("uploads/states/", uploads.states, name="upload_states"),
    path("uploads/<slug:public_id>/token/", uploads.token, name="upload_token"),
    path("uploads/<slug:public_id>/stop/", uploads.stop, name="upload_stop"),
    path("relay/<slug:public_id>/", relay.whole, name="relay_upload"),
    path("relay/<slug:public_id>/<int:number>", relay.part, name="relay_part"),
    path("links/", links.index, name="share_link_list"),
    path("links/<slug:public_id>/revoke/", links.revoke, name="share_link_revoke"),
    path("s/<str:token>/", share.show, name="share_open"),
    path("s/<str:token>/open/", share.redirect_to_file, name="share_file"),
    path("s/<str:token>/renew/", share.renew, name="share_renew"),
]
