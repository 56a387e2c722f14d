"""What a user agent says of itself: a person's browser, a preview fetcher, a security scanner or another bot.

Two questions (docs/clicks.md tells them to people). First: is there a reason to take it for a machine? It is empty, is
no browser, names an address, is only "compatible", says a machine's word, or crawlerdetect knows it. If there is none,
it is a person. Second, of machines only: what for? To draw a preview, to look for holes and malware, or anything else.

Names of chats, offices and virus hunters that are also inside people's browsers (Teams, Notion, Avast) count in the
second question only. Names of Android phones are left out of both: phones are called Cubot, Probe and ScanPal.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from crawlerdetect import CrawlerDetect


class Agent(NamedTuple):
    """`kind` is person, preview, scanner or bot; `rule` says what decided, for people to check."""

    kind: str
    rule: str


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


# --- words that no person's browser says ----------------------------------------------------------------------------
_PREVIEW = (
    r"(?:link|url|web|site|page|uri|microsoft|card)[- ]?preview|preview[- /]?(?:bot|service|fetch|\d)",
    r"unfurl|link ?expand|url[- ]?(?:expander|downloader|resolver|metadata)",
    r"open-?graph|oembed|embedly|embed(?:bot|der)|iframely|microlink|metascraper|peekalink|onebox|summaly|url-?look-?up",
    r"external(?:hit|fetcher|agent)|facebot|facebookplatform|cardyb|flipboardproxy|vkshare|skypeuri|slack-?imgproxy",
)
_SCANNER = (
    r"scann(?:er|ing)|(?:l9|lkx|vuln|port|wp|joom)-?scan|/scanning|scaninfo",
    r"vulnerab|pen-?test|exploit|penetration ?test|attack.?surface|malware|phish|\$\{jndi|fastdast|dir-?bust|traversal",
    r"cyber-?(?:risk|sec|scan|space)|security[- ]?(?:scan|research|audit|check|test)|google-safety|safe-?links",
    r"acunetix|netsparker|invicti|nessus|tenable|qualys|nexpose|openvas|greenbone|nikto|nmap|masscan|zgrab|sqlmap",
    r"nuclei|projectdiscovery|\boast\.|wfuzz|gobuster|feroxbuster|dirsearch|skipfish|w3af|wapiti|zaproxy|appscan",
    r"webinspect|zmeu|shodan|censys|binaryedge|leakix|hardenize|immuniweb|probely|wtotem|urlscan|virustotal",
    r"cybaa|metasploit|interactsh|l9explore|internet-?measurement|onyphe|zoomeye|criminalip|netcraft|riskiq|bitsight",
    r"upguard|panorays|detectify|sucuri|sitelock|quttera|joesandbox|urlquery|shadowserver|assetnote|redhunt|stretchoid",
)
_PROGRAM = (
    r"headless|selenium|puppeteer|playwright|phantomjs|cypress|webdriver|slimerjs|lighthouse|pagespeed|prerender",
    r"pingdom|uptime|monitoring|synthetic|gtmetrix|webpagetest|statuscake|datadog",
    r"bot\b|bots?[/;)]|crawl|spider|slurp|scrap(?:er|y|ing)\b|fetcher|archiver|harvest(?:er|ing)|validator",
    r"\(via |\bproxy\)",
    r"curl/|wget|python|go-http|okhttp|\bjava/|libwww|axios|node-fetch|undici|aiohttp|httpx|guzzle|http\.rb|php/",
    r"google-(?!chrome)\w|googleother|mediapartners|apis-google|feedfetcher|newsblur",
)
_MACHINE = _any(*_PREVIEW, *_SCANNER, *_PROGRAM)

# --- what a machine is for -------------------------------------------------------------------------------------------
_IS_PREVIEW = _any(
    *_PREVIEW,
    r"preview|link-?(?:check|meta|card)s?(?:bot|fetcher)|^notion/|notionembed|clickuplink|trello.*bot|evernote.*bot",
    r"twitterbot|linkedinbot|pinterestbot|pinterest/0|redditbot|tumblr/|odklbot|threads?bot|snap(?:chat)?(?:bot| url)",
    r"slack-?bot|discordbot|discourse|telegrambot|mattermost|rocket\.?chat|zulip|element-?bot|synapse|wechat",
    r"^whatsapp/|viber|line-poker|linespider|kakaotalk-scrap|kakaostory-og|^teams/|webexteams|yammer|imessage",
    r"bluesky|bsky|xing-contenttabreceiver|xingbot|nuzzel|bitlybot|bufferbot|bufferlink|hootsuite",
    r"everyonesocial|sociabble|haiilo|quora link|bitrix link|atlassian|confluence|outlook-?link|guilded|revoltchat",
    # servers of the fediverse: each that receives a post fetches its link
    r"mastodon|friendica|pleroma|akkoma|misskey|calckey|firefish|sharkey|iceshrimp|diaspora|hubzilla|lemmy|kbin|mbin",
    r"peertube|pixelfed|takahe|writefreely|socialhome|hometown|bookwyrm|mobilizon",
)
_IS_SCANNER = _any(
    *_SCANNER,
    r"\bscan|scan\b|scan[-/]|scan(?:bot|info|s\b)|security|infosec|appsec|cyber|safe-?(?:ty|browsing)\b|intrusion|threat",
    r"virus|fuzz|\bbrute|honeypot|\bcve-|\bdast\b|banner ?(?:grab|detect)|fingerprint|perimeter",
    r"(?:domain|tls|ssl|http|port|web|net|host)-?probe|\bprobe|recon(?:naissance|-|ftw|\b)|\bosint\b|\beasm\b|openeasm",
    r"rapid7|zmap|havij|ffuf|arachni|burp|owasp|whatweb|wappalyzer|jaeles|commix|jorgee|morfeus|muieblack|thc-hydra",
    r"l9tcpid|expanse|palo ?alto|cortex|fofa|recorded ?future|intruder|webtotem|hybrid-?analysis|any\.run|zscaler",
    r"forcepoint|fortiguard|fortinet|sophos|mimecast|proofpoint|urldefense|barracuda|ironport|messagelabs|symantec",
    r"trend ?micro|mcafee|kaspersky|bitdefender|\beset\b|avast|avira|comodo|webroot|check ?point|cisco|talos|bluecoat",
    r"trustwave|f-?secure|repo-?lookout|punk-?map|root-?evidence|driftnet|ipip\.net|modat|cypex|nrich|gobygo|infrawatch",
    r"netlas|brightcloud|phishtank|sslyze|testssl|aliyunsec",
)

# --- what a browser looks like ---------------------------------------------------------------------------------------
# It says which engine draws its pages; phones of old say which profile they keep.
_BROWSER = re.compile(
    r"^Mozilla/\d.*(?:AppleWebKit|Gecko|Trident|MSIE|Presto|KHTML|Opera|NetFront|Nintendo|PlayStation|PSP|Firefox)"
    r"|^Opera/\d|Opera Mini|MIDP|Configuration/CLDC|UP\.Browser|^UC(?:WEB|Browser)|^Dalvik/|^Instagram [\d.]+ "
    r"|NetFront|Teleca|Obigo|Openwave|Dolfin|^(?:Lynx|E?Links|w3m|Dillo|NetSurf)\b"
    r"|^(?:BlackBerry|Nokia|SAMSUNG|SonyEricsson|LG|MOT|ZTE|HUAWEI|HTC)[-\w]*/",
    re.DOTALL,
)
_ADDRESS = re.compile(r"https?:/|\+?mailto:|[\w.-]+(?:@|\(at\))[\w-]+\.\w|\+[\w-]+\.\w{2,}/", re.IGNORECASE)
# Parts of people's browsers that look like a machine's: bars and kits of Internet Explorer, the library of Lynx.
_BARS = re.compile(
    r"https?://(?:www\.)?bsalsa\.com/?|SIMBAR=\{[^}]*\}|QQDownload [\d.]+|libwww-FM/[\d.]+", re.IGNORECASE
)
# "(compatible; Name…": only compatible with Mozilla, unless an old browser or a system follows.
_COMPATIBLE = re.compile(
    r"compatible;? (?!MSIE|Konqueror|iCab|OmniWeb|NetFront|ABrowse|IBrowse|AmigaVoyager|Linux|Windows|Android|U;|Opera"
    r"|Origyn|Mac|PPC|Series|BlackBerry|Embedded|Haiku|Syllable|NetPositive|WebTV|Elaine|Palm|Dreamcast|Galeon)",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"(Android [^;)]*; ?)(?:U; ?)?(?:[a-z]{2}[-_][a-z]{2} ?; ?)?[^)]*?(?=\)| AppleWebKit|$)", re.IGNORECASE
)
_SAYS_MORE = re.compile(r"compatible|http|@", re.IGNORECASE)
_crawlers = CrawlerDetect()


def _plain(user_agent: str) -> str:
    """The user agent without bars and without the name of an Android phone, unless a bot hides in its place."""
    text = _BARS.sub("", user_agent.strip())
    return _PHONE.sub(lambda found: found[0] if _SAYS_MORE.search(found[0]) else found[1], text)


def _reason(text: str) -> str:
    """Why this is a machine; empty for a person's browser."""
    if not text:
        return "no user agent"
    if found := _MACHINE.search(text):
        return f"says {found[0].strip().lower()[:30]}"
    if not _BROWSER.search(text):
        return "no browser"
    if _ADDRESS.search(text):
        return "names an address"
    if _COMPATIBLE.search(text):
        return "only compatible"
    if _crawlers.is_crawler(text):
        return f"listed: {(_crawlers.get_matches() or '').lower()[:28]}"
    return ""


# The same words looked for in small letters: four times as quick as looking past capitals.
_QUICK = re.compile(_IS_PREVIEW.pattern)


def may_preview(user_agent: str) -> bool:
    """A quick look that leaves out nearly all people's browsers: without one of its words nothing fetches previews."""
    return _QUICK.search(user_agent.lower()) is not None


@lru_cache(maxsize=50_000)
def read(user_agent: str) -> Agent:
    """Who a user agent says it is. Never raises."""
    text = _plain(user_agent)
    reason = _reason(text)
    if not reason:
        return Agent("person", "browser")
    if found := _IS_PREVIEW.search(text):
        return Agent("preview", f"preview: {found[0].strip().lower()[:30]}")
    if found := _IS_SCANNER.search(text):
        return Agent("scanner", f"scanner: {found[0].strip().lower()[:30]}")
    return Agent("bot", reason)
