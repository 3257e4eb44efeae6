"""URLs, hosts and e-mail addresses in a text, and under the keys that hold them."""

import re

from workflow_mirror.references.extract.collector import Names
from workflow_mirror.references.extract.marks import starred
from workflow_mirror.references.extract.reference import Confidence, Kind

_URL = re.compile(r"(?<![A-Za-z0-9+])([A-Za-z][A-Za-z0-9+]{1,9})://([^\s\"'<>\\^`{}|“”„‘’«»]+)")  # noqa: RUF001
_AFTER_URL = ".,;:!?)]*…"
_LOCAL = re.compile(r"[\w.%+\ue000-]{1,64}\Z")
_DOMAIN = re.compile(r"(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w-])")
_RUN_URL = re.compile(r"/workflows/(\d+)(?:/|$)")
_HOST_KEY = re.compile(
    r"(?:^|_|sftp|ftp|s3)(?:host|host_?name|server|bucket|bucket_?name)$", re.IGNORECASE
)
_HOST_VALUE = re.compile(r"[\w.-]*[\w]")
_URL_KEY = re.compile(r"(?:^|_)(?:url|uri|endpoint)$", re.IGNORECASE)
_EMAIL_KEY = re.compile(
    r"^(?:to|cc|bcc|from|reply_to|sender.*|recipients?|.*e?mails?)$", re.IGNORECASE
)


def extract_addresses(out: Names, key: str, text: str) -> str:
    """The text without its URLs and addresses."""
    if "://" in text:
        text = _URL.sub(lambda match: _add_url(out, key, match), text)
    elif _HOST_KEY.search(key) and _HOST_VALUE.fullmatch(name := text.strip().partition(":")[0]):
        out.add(Kind.HOST, name, Confidence.CERTAIN)
        return ""
    return _without_emails(out, key, text) if "@" in text else text


def _add_url(out: Names, key: str, match: re.Match[str]) -> str:
    certain = _URL_KEY.search(key) or _HOST_KEY.search(key)
    confidence = Confidence.CERTAIN if certain else Confidence.LIKELY
    address = re.split(r"[?#]", match[2], maxsplit=1)[0].rstrip(_AFTER_URL)
    authority, slash, path = address.partition("/")
    authority = starred(authority.rpartition("@")[2])
    host = authority.partition(":")[0].lower()
    if host.strip("*."):
        out.add(Kind.HOST, host, Confidence.LIKELY if "*" in host else confidence)
    out.add(Kind.URL, f"{match[1].lower()}://{authority}{slash}{starred(path)}", confidence)
    if run := _RUN_URL.search(slash + path):
        out.add(Kind.WORKFLOW, run[1], Confidence.LIKELY)
    return " "


def _without_emails(out: Names, key: str, text: str) -> str:
    """Looks around each @, so that its time grows with the text's length only."""
    confidence = Confidence.CERTAIN if _EMAIL_KEY.search(key) else Confidence.LIKELY
    pieces, end, at = list[str](), 0, text.find("@")
    while at >= 0:
        local = _LOCAL.search(text[max(end, at - 64) : at])
        domain = _DOMAIN.match(text, at + 1)
        if local and domain:
            name = local[0].lstrip(".-")
            out.add(Kind.EMAIL, starred(name) + "@" + domain[0], confidence)
            pieces += [text[end : at - len(local[0])], " "]
            end = domain.end()
        at = text.find("@", max(at + 1, end))
    return "".join([*pieces, text[end:]])
