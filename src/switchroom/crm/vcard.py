"""vCards: 2.1, 3.0 (RFC 2426) and 4.0 (RFC 6350) read, 3.0 and 4.0 written. Hostile ones cost no more than
their length."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from switchroom.crm.contacts import Card, Contact, WrittenNumber
from switchroom.crm.entries import MOST_ENTRIES, Entry, Remark, UnreadableFile, decode, remark, too_many

_MOST_VALUE = 20_000
_MOST_PROPERTIES = 500
_NAME = re.compile(r"(?:(?P<group>[A-Za-z0-9-]+)\.)?(?P<name>[A-Za-z0-9-]+)")
_PARAMETER = re.compile(r';\s*([A-Za-z0-9-]+)(?:\s*=\s*((?:"[^"]*"|[^":;])*))?')
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_COMPONENT = re.compile(r"((?:[^;\\]|\\.|\\$)*)(?:;|$)", re.DOTALL)
_CHARSET = re.compile(
    r"utf-?(?:8|16|16be|16le)|us-ascii|latin-?1|(?:iso[-_]?8859|windows|cp)[-_]?[0-9]{1,4}"
    r"|koi8-[ru]|shift[-_]jis|gb2312|gbk|gb18030|big5|euc-(?:jp|kr|cn)|macintosh",
    re.IGNORECASE,
)
_LABELS = {
    "cell": "mobile",
    "iphone": "mobile",
    "mobile": "mobile",
    "fax": "fax",
    "pager": "pager",
    "work": "work",
    "home": "home",
    "main": "main",
}
_KINDS = {"mobile": "CELL", "work": "WORK", "home": "HOME", "fax": "FAX", "pager": "PAGER"}
_NOTED = {
    "TITLE": "Title",
    "ROLE": "Role",
    "NICKNAME": "Nickname",
    "ADR": "Address",
    "URL": "Web",
    "BDAY": "Birthday",
}


@dataclass(slots=True)
class _Property:
    line: int
    group: str
    name: str
    parameters: list[tuple[str, str]]
    value: str

    def types(self) -> list[str]:
        """TYPE values, also those that vCard 2.1 writes bare."""
        found: list[str] = []
        for name, value in self.parameters:
            if name == "TYPE":
                found += [part.strip().lower() for part in value.split(",")]
            elif not value:
                found.append(name.lower())
        return found


@dataclass(slots=True)
class _Open:
    """A card that is being read."""

    line: int
    properties: list[_Property] = field(default_factory=list)

    @property
    def expects_agent(self) -> bool:
        """Whether a card within the card may follow (vCard 2.1)."""
        return bool(self.properties) and self.properties[-1].name == "AGENT"


def read_vcards(data: bytes) -> Iterator[Entry | Remark]:
    """The cards of a file, in order. Raises `UnreadableFile` when there is none."""
    card: _Open | None = None
    depth = count = 0
    for number, line in _logical_lines(_as_bytes(data)):
        upper = line[:20].strip().upper()
        if upper == b"BEGIN:VCARD":
            if card is not None and not card.expects_agent:
                yield remark(card.line, "card-without-end", "The card has no end.")
                depth = 0
            depth += 1
            if depth == 1:
                card = _Open(number)
            continue
        if card is None:
            if line.strip():
                yield remark(number, "outside-any-card", "This line stands outside any card.")
            continue
        if upper == b"END:VCARD":
            depth -= 1
            if depth == 0:
                count += 1
                if count > MOST_ENTRIES:
                    yield too_many(card.line)
                    return
                yield _entry(card)
                card = None
            continue
        if depth == 1 and len(card.properties) < _MOST_PROPERTIES:
            found = _property(number, line)
            if found is not None:
                card.properties.append(found)
    if card is not None:
        yield remark(card.line, "card-without-end", "The card has no end.")
    elif not count:
        raise UnreadableFile("The file holds no vCard: BEGIN:VCARD was expected.")


def _as_bytes(data: bytes) -> bytes:
    """Bytes of an encoding that has ASCII: a vCard names the encoding of each value by itself."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or data[:4000].count(0) * 3 > len(data[:4000]):
        return decode(data).encode("utf-8", "replace")
    return data.removeprefix(b"\xef\xbb\xbf")


def _logical_lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Unfolded lines and the number of their first one."""
    parts: list[bytes] = []
    first = size = 0
    soft = False
    for number, line in enumerate(re.split(rb"\r\n|\n|\r", data), 1):
        folded = line[:1] in (b" ", b"\t")
        if parts and (soft or folded):
            line = line[1:] if folded and not soft else line
            if soft:
                parts[-1] = parts[-1][:-1]
            size += len(line)
            if size <= _MOST_VALUE:
                parts.append(line)
            soft = soft and line.endswith(b"=")
            continue
        if parts:
            yield first, b"".join(parts)
        parts, first, size = [line[:_MOST_VALUE]], number, len(line)
        soft = line.endswith(b"=") and b"QUOTED-PRINTABLE" in line.split(b":", 1)[0].upper()
    if parts and parts != [b""]:
        yield first, b"".join(parts)


def _property(number: int, line: bytes) -> _Property | None:
    text = line.decode("latin-1")
    head = _NAME.match(text)
    if head is None:
        return None
    position = head.end()
    parameters: list[tuple[str, str]] = []
    while (found := _PARAMETER.match(text, position)) is not None:
        parameters.append((found[1].upper(), (found[2] or "").replace('"', "").strip()))
        position = found.end()
    if text[position : position + 1] != ":":
        return None
    value = _decoded(text[position + 1 :], parameters)
    return _Property(number, (head["group"] or "").lower(), head["name"].upper(), parameters, value)


def _decoded(value: str, parameters: list[tuple[str, str]]) -> str:
    data = value.encode("latin-1")
    names = {name: setting.upper() for name, setting in parameters}
    if "QUOTED-PRINTABLE" in (names.get("ENCODING", ""), *names):
        data = binascii.a2b_qp(data)
    charset = names.get("CHARSET", "")
    try:
        return data.decode(charset if _CHARSET.fullmatch(charset) else "utf-8")
    except (LookupError, UnicodeDecodeError):
        return data.decode("cp1252", "replace")


def _entry(card: _Open) -> Entry:
    entry = Entry(card.line)
    labels = {p.group: _plain_label(p.value) for p in card.properties if p.name == "X-ABLABEL" and p.group}
    composed = ""
    for found in card.properties:
        match found.name:
            case "FN":
                entry.name = entry.name or _text(found.value)
            case "N":
                composed = composed or _composed_name(found.value)
            case "ORG":
                entry.company = entry.company or ", ".join(filter(None, _components(found.value)))
            case "EMAIL":
                entry.emails.append(_text(found.value).strip().removeprefix("mailto:"))
            case "TEL":
                label = labels.get(found.group) or _label(found.types())
                entry.numbers.append(WrittenNumber(label, _text(found.value)))
            case "NOTE":
                entry.notes.append(_text(found.value))
            case name if name in _NOTED:
                text = ", ".join(filter(None, _components(found.value)))
                entry.notes += [f"{_NOTED[name]}: {text}"] if text else []
    entry.name = entry.name.strip() or composed
    return entry


def _composed_name(value: str) -> str:
    family, given, additional, prefix, suffix = (_components(value) + [""] * 5)[:5]
    return " ".join(filter(None, (prefix, given, additional, family, suffix)))


def _components(value: str) -> list[str]:
    """The parts of a structured value, at semicolons that are not escaped."""
    return [_text(part).strip() for part in _COMPONENT.findall(value)]


def _text(value: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)


def _label(types: list[str]) -> str:
    return next((_LABELS[name] for name in _LABELS if name in types), "phone")


def _plain_label(value: str) -> str:
    """Apple writes its own labels as _$!<Mobile>!$_."""
    return re.sub(r"_\$!<(.*)>!\$_", lambda found: found[1].lower(), _text(value)).strip()


def write_vcards(contacts: Iterable[Contact], version: str = "3.0") -> str:
    """The contacts as a vCard file; `version` is 3.0 or 4.0."""
    return "".join(_folded(line) for contact in contacts for line in _card_lines(contact, version))


def _card_lines(contact: Contact, version: str) -> Iterator[str]:
    card = contact.card
    yield "BEGIN:VCARD"
    yield f"VERSION:{version}"
    yield f"UID:{contact.id}"
    yield f"FN:{_escaped(card.name or card.company)}"
    yield f"N:{_structured_name(card)}"
    if card.company:
        yield f"ORG:{_escaped(card.company)}"
    for number in card.numbers:
        kind = _KINDS.get(number.label, "VOICE")
        then = f";ext={number.then}" if number.then else ""
        if version == "4.0":
            yield f"TEL;VALUE=uri;TYPE={kind.lower()}:tel:{number.e164}{then}"
        else:
            yield f"TEL;TYPE={kind}:{number.e164}{_escaped(f' ext. {number.then}') if then else ''}"
    if card.email:
        yield f"EMAIL:{_escaped(card.email)}"
    if card.note:
        yield f"NOTE:{_escaped(card.note)}"
    yield "END:VCARD"


def _structured_name(card: Card) -> str:
    """A guess at given and family name, which the format demands."""
    given, _, family = card.name.rpartition(" ")
    return f"{_escaped(family)};{_escaped(given)};;;"


def _escaped(text: str) -> str:
    for plain, escaped in (("\\", "\\\\"), ("\n", "\\n"), (",", "\\,"), (";", "\\;")):
        text = text.replace(plain, escaped)
    return text


def _folded(line: str) -> str:
    """The line in pieces of 75 octets at most, whole characters (RFC 6350 §3.2)."""
    pieces: list[str] = []
    size, piece = 0, ""
    for character in line:
        width = len(character.encode("utf-8", "replace"))
        if size + width > (75 if not pieces else 74):
            pieces.append(piece)
            piece, size = "", 0
        piece += character
        size += width
    return "\r\n ".join([*pieces, piece]) + "\r\n"
