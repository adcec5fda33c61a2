"""Each maker's file, read back by the rules of its format; names and secrets that try to break out of it."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from switchroom.directory.number_plan import Feature, code_of
from switchroom.provisioning import (
    MOST_LAMPS,
    Account,
    Colleague,
    Vendor,
    first_file,
    is_settings,
    plain_name,
    settings_file,
)
from switchroom.provisioning.account import PICKUP, VOICEMAIL

ACCOUNT = Account("Anna Rossi", "201-2", "s3cret", "switchroom", "pbx.example", 5061, "tls")
HOSTILE = (
    'Anna "Boss" <x> & Co',
    "Anna\naccount.2.enable = 1",
    "Anna\r\nauto_provision.server.url = http://evil.example/",
    "</user_realname><user_pass idx='1'>x</user_pass>",
    "]]><!-- \x00\x0b\ud800 \ufffe",
    "%EMPTY%",
    "%NULL%",
    "#include <file>",
    "'\"/><reg reg.2.address='9'/>",
    "\u202eannA\u2028x\u200b",
    "名前 \U0001f600 " + "é" * 300,
    "$PASSWORD",
)
SECRETS = ("abc23", "a&b<c>d'e\"f", "x;y=z#1", "]]>", "=  =", "%41")


def read(vendor: Vendor, text: str) -> dict[str, str]:
    """What a phone keeps of a file: keys of the format to values."""
    if vendor is Vendor.YEALINK:
        head, *lines = text.splitlines()
        assert head == "#!version:1.0.0.1"
        found = {}
        for line in lines:
            key, value = line.split(" = ", 1)
            assert key not in found
            found[key] = value
        return found
    root = ElementTree.fromstring(text.encode())
    match vendor:
        case Vendor.POLYCOM:
            assert root.tag == "polycomConfig"
            return {key: value for section in root for key, value in section.attrib.items()}
        case Vendor.LINPHONE:
            space = "{http://www.linphone.org/xsds/lpconfig.xsd}"
            sections = root.findall(f"{space}section")
            return {f"{s.get('name')}/{e.get('name')}": e.text or "" for s in sections for e in s}
        case Vendor.SNOM:
            assert root.tag == "settings"
            settings, keys = root
            found = {entry.tag: entry.text or "" for entry in settings}
            return found | {f"fkey {key.get('idx')} {key.get('label')}": key.text or "" for key in keys}
        case _:
            assert root.tag == "gs_provision"
            return {entry.tag: entry.text or "" for entry in root[0]}


KEYS = {
    Vendor.YEALINK: ("account.1.user_name", "account.1.auth_name", "account.1.password"),
    Vendor.SNOM: ("user_name", "user_pname", "user_pass"),
    Vendor.GRANDSTREAM: ("P35", "P36", "P34"),
    Vendor.POLYCOM: ("reg.1.address", "reg.1.auth.userId", "reg.1.auth.password"),
    Vendor.LINPHONE: ("auth_info_0/username", "auth_info_0/username", "auth_info_0/passwd"),
}
NAMES = {
    Vendor.YEALINK: "account.1.display_name",
    Vendor.SNOM: "user_realname",
    Vendor.GRANDSTREAM: "P3",
    Vendor.POLYCOM: "reg.1.displayName",
}
PLACES = {
    Vendor.YEALINK: {
        "account.1.sip_server.1.address": "pbx.example",
        "account.1.sip_server.1.port": "5061",
        "account.1.sip_server.1.transport_type": "2",
        "account.1.srtp_encryption": "2",
    },
    Vendor.SNOM: {
        "user_host": "pbx.example",
        "user_outbound": "pbx.example:5061;transport=tls",
        "user_auth_tag": "off",
        "user_savp": "mandatory",
    },
    Vendor.GRANDSTREAM: {"P47": "pbx.example:5061", "P130": "2", "P183": "2", "P271": "1"},
    Vendor.POLYCOM: {
        "reg.1.server.1.address": "pbx.example",
        "reg.1.server.1.port": "5061",
        "reg.1.server.1.transport": "TLS",
        "reg.1.srtp.require": "1",
    },
    Vendor.LINPHONE: {
        "proxy_0/reg_proxy": "<sip:pbx.example:5061;transport=tls>",
        "sip/media_encryption": "srtp",
    },
}


@pytest.mark.parametrize("vendor", Vendor)
def test_a_phone_reads_whom_it_is_and_where_it_registers(vendor: Vendor) -> None:
    found = read(vendor, settings_file(vendor, ACCOUNT).text)
    assert [found[key] for key in KEYS[vendor]] == ["201-2", "201-2", "s3cret"]
    assert {key: found[key] for key in PLACES[vendor]} == PLACES[vendor]


@pytest.mark.parametrize("vendor", Vendor)
@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_breaks_out_of_its_value(vendor: Vendor, name: str) -> None:
    if vendor is Vendor.LINPHONE:
        name = "".join(c for c in name if c.isprintable())  # the API lets no others into a user's name
    usual = read(vendor, settings_file(vendor, ACCOUNT).text)
    found = read(vendor, settings_file(vendor, replace(ACCOUNT, name=name)).text)
    assert found.keys() == usual.keys()
    changed = {key for key in found if found[key] != usual[key]}
    assert all("name" in key.lower() or key.endswith(("label", "identity", "P3", "P270")) for key in changed)
    assert found[KEYS[vendor][2]] == "s3cret"


@pytest.mark.parametrize("vendor", Vendor)
@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_arrives_as_it_is(vendor: Vendor, secret: str) -> None:
    found = read(vendor, settings_file(vendor, replace(ACCOUNT, secret=secret)).text)
    assert found[KEYS[vendor][2]] == secret


@pytest.mark.parametrize("vendor", NAMES)
def test_a_name_of_nothing_visible_is_the_user_name(vendor: Vendor) -> None:
    found = read(vendor, settings_file(vendor, replace(ACCOUNT, name='\x00"\u2028')).text)
    assert found[NAMES[vendor]] == "201-2"


def test_names_for_people_stay_as_they_are() -> None:
    assert plain_name("Zoë O'Neill-Müller (Büro)") == "Zoë O'Neill-Müller (Büro)"
    assert plain_name("  Anna \t Rossi ") == "Anna Rossi"


def test_by_udp_nothing_is_encrypted_and_ipv6_has_its_brackets() -> None:
    account = replace(ACCOUNT, host="2001:db8::1", port=5060, transport="udp")
    assert read(Vendor.SNOM, settings_file(Vendor.SNOM, account).text)["user_outbound"] == (
        "[2001:db8::1]:5060;transport=udp"
    )
    grandstream = read(Vendor.GRANDSTREAM, settings_file(Vendor.GRANDSTREAM, account).text)
    assert (grandstream["P47"], grandstream["P130"], grandstream["P183"]) == ("[2001:db8::1]:5060", "0", "0")
    yealink = read(Vendor.YEALINK, settings_file(Vendor.YEALINK, account).text)
    assert yealink["account.1.sip_server.1.address"] == "2001:db8::1"
    assert yealink["account.1.srtp_encryption"] == "0"


def test_a_polycom_is_told_first_where_to_go_on_and_nothing_else() -> None:
    found = first_file(Vendor.POLYCOM, "0004f2AABBCC.cfg")
    assert found is not None
    root = ElementTree.fromstring(found.text.encode())
    assert (root.tag, root.get("CONFIG_FILES")) == ("APPLICATION", "phone.cfg")
    assert is_settings(Vendor.POLYCOM, "phone.cfg")
    assert not is_settings(Vendor.POLYCOM, "0004f2aabbcc.cfg")
    assert first_file(Vendor.YEALINK, "0004f2aabbcc.cfg") is None


@pytest.mark.parametrize(
    ("vendor", "name", "settings"),
    [
        (Vendor.YEALINK, "805ec0aabbcc.cfg", True),
        (Vendor.YEALINK, "phone.cfg", True),
        (Vendor.YEALINK, "", True),
        (Vendor.YEALINK, "y000000000044.cfg", False),
        (Vendor.YEALINK, "805ec0aabbcc.boot", False),
        (Vendor.SNOM, "snomD785-000413AABBCC.htm", True),
        (Vendor.SNOM, "snomD785.xml", False),
        (Vendor.GRANDSTREAM, "cfg000b82aabbcc.xml", True),
        (Vendor.GRANDSTREAM, "cfg000b82aabbcc", False),
        (Vendor.GRANDSTREAM, "cfggxp2170.xml", False),
        (Vendor.POLYCOM, "../phone.cfg", False),
        (Vendor.LINPHONE, "phone.xml", True),
    ],
)
def test_which_file_names_lead_to_the_settings(vendor: Vendor, name: str, settings: bool) -> None:
    """A phone asks for several files: only its own settings use the link up."""
    assert is_settings(vendor, name) is settings


def test_no_secret_in_what_is_printed() -> None:
    assert "s3cret" not in repr(ACCOUNT)


FURNISHED = {
    Vendor.YEALINK: {
        "voice_mail.number.1": "*98",
        "account.1.subscribe_mwi": "1",
        "account.1.direct_pickup_code": "*8",
        "account.1.codec.opus.priority": "1",
        "account.1.codec.g722.enable": "1",
        "account.1.codec.pcmu.priority": "4",
        "linekey.2.type": "16",
        "linekey.2.line": "1",
        "linekey.2.value": "202",
        "linekey.2.label": "Bruno & Co",
        "linekey.3.value": "203",
    },
    Vendor.SNOM: {
        "user_mailbox": "*98",
        "codec_priority_list": "opus,g722,pcma,pcmu,telephone-event",
        "fkey 1 Bruno & Co": "blf <sip:202@pbx.example>|*8",
        "fkey 2 203": "blf <sip:203@pbx.example>|*8",
    },
    Vendor.GRANDSTREAM: {
        "P33": "*98",
        "P99": "1",
        "P1347": "*8",
        "P2302": "1",
        "P2329": "0",
        "P290": r"{ x+ | \+x+ | *x+ | **x+ | *xx*x+ }",
        "P57": "123",
        "P58": "9",
        "P59": "8",
        "P60": "0",
        "P98": "0",
        "P323": "1",
        "P301": "0",
        "P302": "Bruno & Co",
        "P303": "202",
        "P324": "1",
        "P304": "0",
        "P305": "203",
        "P306": "203",
    },
    Vendor.POLYCOM: {
        "msg.mwi.1.callBack": "*98",
        "msg.mwi.1.callBackMode": "contact",
        "msg.mwi.1.subscribe": "201-2",
        "voice.codecPref.Opus": "1",
        "voice.codecPref.G722": "2",
        "voice.codecPref.G711_Mu": "4",
        "call.directedCallPickupString": "*8",
        "attendant.reg": "1",
        "attendant.resourceList.1.address": "202@pbx.example",
        "attendant.resourceList.1.label": "Bruno & Co",
        "sec.srtp.enable": "1",
    },
    Vendor.LINPHONE: {"proxy_0/voicemail_address": "sip:*98@pbx.example"},
}


@pytest.mark.parametrize("vendor", Vendor)
def test_b4_01_b7_a_phone_has_its_codecs_its_mailbox_and_the_lamps_of_colleagues(vendor: Vendor) -> None:
    others = (Colleague("202", 'Bruno "& Co'), Colleague("203", "\x00"))
    found = read(vendor, settings_file(vendor, replace(ACCOUNT, mailbox=True, colleagues=others)).text)
    assert {key: found.get(key) for key in FURNISHED[vendor]} == FURNISHED[vendor]
    bare = read(vendor, settings_file(vendor, ACCOUNT).text)
    assert not [value for value in bare.values() if "*98" in value], "no mailbox, no number of one"


@pytest.mark.parametrize("vendor", Vendor)
def test_as_many_lamps_as_there_are_keys_are_told_apart(vendor: Vendor) -> None:
    others = tuple(Colleague(str(number), "Somebody") for number in range(300, 300 + MOST_LAMPS))
    found = read(vendor, settings_file(vendor, replace(ACCOUNT, colleagues=others)).text)
    if vendor is not Vendor.LINPHONE:
        for other in others[1:] if vendor is Vendor.SNOM else others:
            assert any(value.find(other.extension) >= 0 for value in found.values()), other


def test_the_codes_are_the_systems() -> None:
    mailbox, pickup = code_of(VOICEMAIL), code_of(f"{PICKUP}202")
    assert mailbox is not None and mailbox.feature is Feature.VOICEMAIL
    assert pickup is not None and pickup.feature is Feature.PICK_UP
