"""HTTP to other systems: where it may go, and that it ends."""

from __future__ import annotations

import asyncio
import gzip
import ssl
from collections.abc import Sequence

import httpx
import pytest

from switchroom.connectors.outward import Answer, Outward, OutwardFault, forbidden, trust


async def nowhere(host: str, port: int) -> Sequence[str]:
    raise OSError("no such name")


def outward(
    transport: httpx.AsyncBaseTransport, addresses: Sequence[str] = ("192.168.1.9",), **options: float
) -> Outward:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return addresses

    return Outward(resolve=resolve, transport=transport, patience=options.get("patience", 10.0))


def never(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"{request.url} was asked")


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "fe80::1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "fd00:ec2::254",
        "100.100.100.200",
        "0.0.0.0",
        "224.0.0.1",
    ],
)
async def test_addresses_where_clouds_tell_secrets_are_refused(address: str) -> None:
    for url in (
        "https://odoo.example.com",
        f"https://[{address}]" if ":" in address else f"https://{address}",
    ):
        client = outward(httpx.MockTransport(never), [address])
        with pytest.raises(OutwardFault) as caught:
            await client.request("GET", url)
        assert caught.value.step == "address"
    assert forbidden(address) and forbidden("odoo.example.com") is None and forbidden("10.0.0.1") is None


async def test_a_checked_address_is_the_one_that_is_asked_and_the_name_is_kept_for_tls() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, content=b"here")

    client = outward(httpx.MockTransport(answer), ["203.0.113.7"])
    found = await client.request("POST", "https://odoo.example.com:8443/a?b=1", {"X-Own": "1"}, b"body")
    assert found == Answer(200, found.headers, b"here")
    assert str(seen[0].url) == "https://203.0.113.7:8443/a?b=1" and seen[0].content == b"body"
    assert seen[0].headers["host"] == "odoo.example.com:8443" and seen[0].headers["x-own"] == "1"
    assert seen[0].extensions["sni_hostname"] == "odoo.example.com"
    await client.close()


async def test_plain_http_goes_to_private_addresses_only() -> None:
    fine = httpx.MockTransport(lambda request: httpx.Response(200))
    assert (await outward(fine, ["10.1.2.3"]).request("GET", "http://odoo.office")).status == 200
    with pytest.raises(OutwardFault) as caught:
        await outward(fine, ["93.184.216.34"]).request("GET", "http://odoo.office")
    assert caught.value.step == "tls" and "https" in caught.value.text


async def test_no_redirect_is_followed_and_no_answer_is_too_long() -> None:
    answers = [
        httpx.Response(302, headers={"location": "http://169.254.169.254/latest"}),
        httpx.Response(200, content=b"x" * (5 * 1024 * 1024)),
        httpx.Response(200, headers={"content-encoding": "gzip"}, content=gzip.compress(b"x" * 1000)),
    ]
    client = outward(httpx.MockTransport(lambda request: answers.pop(0)))
    for step in ("redirect", "size", "size"):
        with pytest.raises(OutwardFault) as caught:
            await client.request("GET", "https://odoo.example.com")
        assert caught.value.step == step


async def test_each_failure_has_its_step_and_says_whether_it_may_have_been_done() -> None:
    def broken(error: Exception) -> httpx.MockTransport:
        def answer(request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("") from error

        return httpx.MockTransport(answer)

    def lost(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("")

    async def hangs(request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    certificate = ssl.SSLCertVerificationError("bad")
    certificate.verify_message = "self-signed certificate"
    cases = [
        (outward(broken(ConnectionRefusedError())), "connect", False),
        (outward(broken(certificate)), "tls", False),
        (outward(broken(ssl.SSLError("wrong version"))), "tls", False),
        (outward(httpx.MockTransport(lost)), "hung-up", True),
        (outward(httpx.MockTransport(hangs), patience=0.01), "time", True),
        (Outward(resolve=nowhere), "name", False),
        (Outward(), "address", False),
    ]
    for client, step, uncertain in cases:
        url = "ftp://odoo.example.com" if step == "address" else "https://odoo.example.com"
        with pytest.raises(OutwardFault) as caught:
            await client.request("GET", url)
        assert (caught.value.step, caught.value.uncertain) == (step, uncertain), caught.value.text
        assert caught.value.text.endswith(".")


async def test_the_next_address_of_a_name_is_tried_when_one_is_closed() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        if request.url.host == "10.0.0.1":
            raise httpx.ConnectError("") from ConnectionRefusedError()
        return httpx.Response(200)

    client = outward(httpx.MockTransport(answer), ["10.0.0.1", "10.0.0.2"])
    assert (await client.request("GET", "https://odoo.example.com")).status == 200
    assert asked == ["10.0.0.1", "10.0.0.2"]


def test_only_certificates_are_trusted_as_such() -> None:
    with pytest.raises(ValueError, match="PEM"):
        trust("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----")
    assert trust("").verify_mode is ssl.CERT_REQUIRED and trust("").check_hostname
