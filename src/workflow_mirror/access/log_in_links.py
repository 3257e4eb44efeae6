"""One-time links: whoever opens one can set the password of its user, and is logged in.

The link is signed with SECRET_KEY and expires after PASSWORD_RESET_TIMEOUT. Nothing is stored:
the signature covers the hash of the password and the time of the last log-in, so a link is void as
soon as it was used, or the user has logged in or got a password in another way.
"""

from typing import Final

from django.contrib.auth.models import User
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from workflow_mirror.audit.actions import Action
from workflow_mirror.audit.record import record

PATH: Final = "log-in/"


class LinkTokens(PasswordResetTokenGenerator):
    key_salt = "workflow_mirror.access.log_in_links"


tokens = LinkTokens()


def make_link(user: User, site: str) -> str:
    """`site` is the address of the web admin, such as https://mirror.example.com."""
    record(Action.LINK_MADE, user.get_username())
    key = urlsafe_base64_encode(force_bytes(user.pk))
    return f"{site.rstrip('/')}/{PATH}{key}/{tokens.make_token(user)}/"
