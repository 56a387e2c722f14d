from allauth.account import views as account
from django.urls import URLPattern, URLResolver, path, re_path
from django.views.defaults import page_not_found

from kaja.people.views import demo, imports, joining, language, own, people, settings

# allauth asks for the names of pages that Kaja does not have; they lead nowhere.
NOWHERE = {"account_signup": "signup/", "account_email": "email/", "account_email_verification_sent": "confirm-email/"}

urlpatterns: list[URLPattern | URLResolver] = [
    path("language/", language.choose, name="set-language"),
    path("me/", own.show, name="own-settings"),
    path("me/sign-out-everywhere/", own.sign_out_everywhere, name="sign-out-everywhere"),
    path("me/delegates/", own.name_delegate, name="delegate-name"),
    path("me/delegates/<int:number>/end/", own.end_delegate, name="delegate-end"),
    path("me/tokens/", own.add_token, name="token-add"),
    path("me/tokens/<int:number>/revoke/", own.revoke_token, name="token-revoke"),
    path("invitation/<str:token>/", joining.accept, name="invitation"),
    path("people/", people.index, name="people"),
    path("people/import/", imports.index, name="people-import"),
    path("people/import/<str:key>/", imports.attempt, name="people-import-try"),
    path("people/import/<str:key>/columns/", imports.columns, name="people-import-columns"),
    path("people/import/<str:key>/go/", imports.go, name="people-import-go"),
    path("people/import/<str:key>/undo/", imports.undo, name="people-import-undo"),
    path("people/import/<str:key>/problems.csv", imports.problems, name="people-import-problems"),
    path("people/invite/", people.invite, name="invite"),
    path("people/invitations/<int:number>/revoke/", people.revoke, name="invitation-revoke"),
    path("people/<int:number>/", people.one, name="person"),
    path("people/teams/", people.teams, name="teams"),
    path("people/teams/<int:number>/", people.team, name="team"),
    path("settings/", settings.show, name="company-settings"),
    path("company/logo", settings.logo, name="company-logo"),
    path("signin/", account.login, name="account_login"),
    path("signin/demo/", demo.sign_in, name="demo-signin"),
    path("signin/out/", account.logout, name="account_logout"),
    path("signin/inactive/", account.account_inactive, name="account_inactive"),
    path("signin/code/", account.request_login_code, name="account_request_login_code"),
    path("signin/code/confirm/", account.confirm_login_code, name="account_confirm_login_code"),
    path("signin/again/", account.reauthenticate, name="account_reauthenticate"),
    path("signin/password/change/", account.password_change, name="account_change_password"),
    path("signin/password/set/", account.password_set, name="account_set_password"),
    path("signin/password/reset/", account.password_reset, name="account_reset_password"),
    path("signin/password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^signin/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "signin/password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    *(
        path(f"signin/{address}", page_not_found, {"exception": Exception()}, name=name)
        for name, address in NOWHERE.items()
    ),
]
