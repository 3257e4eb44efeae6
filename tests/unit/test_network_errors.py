"""Reasons of network errors have codes, and so translations, whatever library met them."""

import errno
import socket
import ssl

import httpx2
import pytest
from django.utils.translation import override

from workflow_mirror.error_texts import in_our_language, translated
from workflow_mirror.errors import text_of
from workflow_mirror.network_errors import reason_of
from workflow_mirror.outgoing.errors import NoResponseError
from workflow_mirror.zuora.errors import AnswerFacts, UnreachableError


def certificate(message: str) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = message
    return error


@pytest.mark.parametrize(
    ("error", "code", "italian"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "x"), "network_refused", "rifiutata"),
        (ConnectionResetError(errno.ECONNRESET, "x"), "network_broken", "è stata chiusa"),
        (OSError(errno.EHOSTUNREACH, "x"), "network_unreachable", "nessun percorso"),
        (OSError(errno.ENETUNREACH, "x"), "network_unreachable", "nessun percorso"),
        (TimeoutError(), "network_timed_out", "tempo scaduto"),
        (socket.gaierror(-2, "Name or service not known"), "network_unknown_host", "sconosciuto"),
        (ssl.SSLError(1, "wrong version number"), "network_tls", "handshake TLS"),
        (ssl.SSLEOFError(8, "EOF"), "network_broken", "è stata chiusa"),
        (certificate("self-signed certificate"), "network_certificate", "autofirmato"),
        (certificate("Hostname mismatch, not valid for 'x'"), "network_certificate", "altro host"),
        (certificate("something new"), "network_certificate", "(something new)"),
    ],
)  # fmt: skip
def test_an_error_has_a_code_also_as_the_cause_of_another(
    error: OSError, code: str, italian: str
) -> None:
    wrapper = RuntimeError("wrapped")
    wrapper.__cause__ = error
    for one in (error, wrapper):
        reason = reason_of(one)
        assert isinstance(reason, dict)
        assert reason["code"] == code
        with override("it"):
            assert italian in translated("", reason)
        with override("it"):
            assert italian in in_our_language(NoResponseError(host="h", reason=reason))


def test_another_error_of_the_system_is_told_in_its_words_and_no_other_at_all() -> None:
    assert reason_of(OSError(errno.ENOSPC, "No space left on device")) == "No space left on device"
    assert reason_of(ValueError("secret")) is None


def refused() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return f"http://127.0.0.1:{listening.getsockname()[1]}/"


def test_what_the_http_client_raises_is_known_by_its_cause() -> None:
    """The client that doctor and sync use, against real sockets."""
    with pytest.raises(httpx2.TransportError) as caught:
        httpx2.get(refused(), timeout=5)
    reason = reason_of(caught.value)
    assert isinstance(reason, dict)
    assert reason["code"] == "network_refused"


def test_the_reason_of_a_zuora_error_is_translated_with_it() -> None:
    reason = reason_of(ConnectionRefusedError(errno.ECONNREFUSED, "x"))
    assert isinstance(reason, dict)
    error = UnreachableError(facts=AnswerFacts("list workflows", reason=reason))
    assert str(error) == "Zuora did not answer (list workflows): Connection refused"
    assert error.coded is not None
    assert text_of(error.coded) == str(error)
    with override("it"):
        text = in_our_language(error)
    assert text == "Zuora non ha risposto (list workflows): Connessione rifiutata"
