"""What SMTP_URL and MAIL_FROM say: which server mail goes out over, and from which address.

No sentence repeats SMTP_URL, not even in part: it holds a password, and what is no URL may have it
anywhere.
"""

import re
from base64 import b64encode
from dataclasses import dataclass, field
from email.headerregistry import Address
from ipaddress import ip_address
from urllib.parse import SplitResult, unquote, urlsplit

from pipeline.delivery.messages import is_literal
from pipeline.errors import SettingError
from pipeline.limits import is_email

_PORTS = {"smtp": 587, "smtps": 465}
_EXPECTED = "expected smtp://USER:PASSWORD@HOST:PORT or smtps://…, user and password %-encoded"
_NAMED = re.compile(r"([^<>]*)<([^<>]+)>")


@dataclass(frozen=True, slots=True)
class MailServer:
    """A mail server, and how to be let in; without a user it asks for none."""

    host: str
    port: int
    tls_at_once: bool
    user: str
    password: str = field(repr=False)

    @property
    def address(self) -> str:
        """Host and port."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_here(self) -> bool:
        """Whether it is on this machine, so that nobody can listen on the way."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def conceal(self, text: str) -> str:
        """The text without the password, in any form in which the server was given it."""
        if not self.password:
            return text
        encoded = (f"\0{self.user}\0{self.password}", self.password)
        for secret in (self.password, *(b64encode(each.encode()).decode() for each in encoded)):
            text = text.replace(secret, "***")
        return text


# ---------------------------------------------------------------------------------------- SMTP_URL
def mail_server(url: str) -> MailServer:
    """The server of a URL; raises SettingError for one that cannot be used."""
    parts, port = _split(url.strip())
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        raise SettingError(f"SMTP_URL must have both a user and a password, or none; {_EXPECTED}")
    if not all(each.isascii() and each.isprintable() for each in (user, password)):
        # Nothing else is the same to all servers, and the standard library sends nothing else.
        raise SettingError("SMTP_URL has a user or password with characters that are not ASCII")
    host = parts.hostname or ""
    return MailServer(host, port, parts.scheme == "smtps", user, password)


def _split(url: str) -> tuple[SplitResult, int]:
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
        is_host = bool((parts.hostname or "").encode("idna")) and url.isprintable()
    except (ValueError, KeyError):
        is_host = False
    # What follows the host is the end of a password with a "/", "?" or "#" that is not encoded.
    if not is_host or parts.path.strip("/") or parts.query or parts.fragment:
        raise SettingError(f"SMTP_URL is not the address of a mail server; {_EXPECTED}")
    return parts, port


# --------------------------------------------------------------------------------------- MAIL_FROM
def mail_from(text: str | None) -> Address:
    """The address of `shop@example.com` or `Shop <shop@example.com>`; raises SettingError."""
    if text is None:
        raise SettingError("MAIL_FROM is missing: with SMTP_URL, it is the address mail comes from")
    named = _NAMED.fullmatch(text.strip())
    name, address = named.groups() if named else ("", text)
    name, address = name.strip().removeprefix('"').removesuffix('"'), address.strip()
    if not (is_email(address) and is_literal(address) and name.isprintable()):
        raise SettingError(
            "MAIL_FROM is not an e-mail address;"
            " expected shop@example.com or Shop <shop@example.com>"
        )
    user, _, domain = address.rpartition("@")
    return Address(name, user, domain)
