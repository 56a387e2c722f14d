"""Every network Kaja knows, in the order people see them: one import per network."""

from django.conf import settings
from django.utils.translation import gettext_noop

from kaja.networks.connectors import (
    bluesky,
    copy,
    email,
    facebook,
    facebook_page,
    instagram,
    linkedin,
    mastodon,
    phone,
    reddit,
    sandbox,
    telegram,
    threads,
    whatsapp,
    x,
    xing,
)
from kaja.networks.contract import Network

bluesky.HOSTS = bluesky.Hosts(
    settings.BLUESKY_ENTRYWAY,
    settings.BLUESKY_PLC,
    settings.BLUESKY_APPVIEW,
    any_password=settings.BLUESKY_ANY_PASSWORD,
)
linkedin.HOSTS = linkedin.Hosts(settings.LINKEDIN_WWW, settings.LINKEDIN_API)
mastodon.PLAIN.update(settings.MASTODON_PLAIN)
threads.HOSTS.site, threads.HOSTS.api = settings.THREADS_SITE, settings.THREADS_API
threads.HOSTS.version = settings.THREADS_VERSION
instagram.HOSTS.site, instagram.HOSTS.api = settings.INSTAGRAM_SITE, settings.INSTAGRAM_API
instagram.HOSTS.tokens, instagram.HOSTS.version = settings.INSTAGRAM_TOKEN, settings.META_VERSION
facebook_page.HOSTS.site, facebook_page.HOSTS.api = settings.FACEBOOK_SITE, settings.FACEBOOK_API
facebook_page.HOSTS.version = settings.META_VERSION
x.HOSTS = x.Hosts(settings.X_WEB, settings.X_API)

NETWORKS: tuple[Network, ...] = (
    sandbox.NETWORK,
    bluesky.NETWORK,
    mastodon.NETWORK,
    linkedin.NETWORK,
    x.NETWORK,
    facebook.NETWORK,
    facebook_page.NETWORK,
    threads.NETWORK,
    instagram.NETWORK,
    whatsapp.NETWORK,
    telegram.NETWORK,
    reddit.NETWORK,
    xing.NETWORK,
    email.NETWORK,
    phone.NETWORK,
    copy.NETWORK,
)
# Names that are words: marked for translation here, since a connector knows no Django.
SPOKEN = (gettext_noop("E-mail"), gettext_noop("Phone"), gettext_noop("Copy"))
BY_KEY: dict[str, Network] = {network.key: network for network in NETWORKS}


def offered() -> list[Network]:
    """The networks of this installation: the sandbox only in a demo."""
    return [network for network in NETWORKS if settings.DEMO or not network.demo_only]
