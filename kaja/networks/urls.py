from django.urls import URLPattern, URLResolver, path

from kaja.networks.views import accounts, sandbox

urlpatterns: list[URLPattern | URLResolver] = [
    path("me/accounts/connect/<slug:key>/", accounts.connect_instantly, name="account-connect"),
    path("me/accounts/oauth/<slug:key>/", accounts.begin_oauth, name="account-oauth"),
    path("me/accounts/oauth/<slug:key>/back/", accounts.finish_oauth, name="account-oauth-back"),
    path("oauth/<slug:key>/client-metadata.json", accounts.client_document, name="oauth-client"),
    path("me/accounts/password/<slug:key>/", accounts.connect_with_password, name="account-password"),
    path("me/accounts/<int:number>/figures/", accounts.begin_reading, name="account-figures"),
    path("me/accounts/<int:number>/figures/stop/", accounts.stop_reading, name="account-figures-stop"),
    path("me/accounts/<int:number>/disconnect/", accounts.disconnect, name="account-disconnect"),
    path("sandbox/", sandbox.show, name="sandbox"),
    path("sandbox/<int:number>/<slug:what>/", sandbox.react, name="sandbox-react"),
]
