"""Contacts as CSV: what Google, Outlook, a spreadsheet or another phone system wrote, in three languages."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from switchroom.crm.contacts import MOST_NUMBERS, Contact, WrittenNumber, fold
from switchroom.crm.entries import MOST_ENTRIES, Entry, Remark, UnreadableFile, decode, remark, too_many

_DELIMITERS = ",;\t|"
_MOST_COLUMNS = 300
_MOST_CELL = 20_000
_EXPORTED_NUMBERS = 4
_NUMBER_LIKE = re.compile(r"[\s'+(]*[0-9][0-9\s().\-/+]{4,}")
_SEVERAL = re.compile(r"\s*:::\s*|\s*[;,\n|]\s*|\s+/\s+")

_COLUMNS = {
    "name": "name|full name|display name|file as|contact|contact name|nom complet|nom et prenom|nome completo"
    "|nominativo|nome e cognome|denominazione",
    "nom": "nom",
    "nome": "nome",
    "first": "first name|firstname|given name|forename|prenom|nome proprio",
    "middle": "middle name|additional name|deuxieme prenom|secondo nome",
    "last": "last name|lastname|surname|family name|nom de famille|cognome",
    "company": "company|company name|organization|organisation|organization name|organization 1 name"
    "|societe|entreprise|azienda|societa|ditta|ragione sociale|organizzazione|account name",
    "email": "email|e mail|mail|email address|e mail address|email 1|e mail 1 value|e mail 2 value"
    "|e mail 3 value|e mail 2 address|e mail 3 address|courriel|adresse e mail|adresse mail|adresse email"
    "|adresse de messagerie|posta elettronica|indirizzo e mail|indirizzo email"
    "|indirizzo di posta elettronica",
    "note": "note|notes|remarks|comment|comments|remarque|remarques|commentaire|commentaires|annotazioni"
    "|appunti",
}
_ROLES = {name: role for role, names in _COLUMNS.items() for name in names.split("|")}
_LABEL_WORDS = {
    "fax": "fax|telecopie|telecopieur",
    "mobile": "mobile|cell|cellular|cellphone|gsm|portable|cellulare|handy",
    "home": "home|domicile|casa|abitazione|prive|personal|personnel|personale",
    "work": "work|business|office|bureau|professionnel|pro|ufficio|lavoro|company",
    "pager": "pager",
    "main": "main|principal|principale|primary",
}
_LABELS = {word: label for label, words in _LABEL_WORDS.items() for word in words.split("|")}
_NUMBER_WORDS = frozenset(
    f"{_LABEL_WORDS['fax']}|{_LABEL_WORDS['mobile']}|pager|phone|phones|telephone|telephones|tel|telefono"
    "|telefoni|fixe|fisso".split("|")
)
_NUMBER_HEADINGS = frozenset({"number", "numbers", "numero", "numeros", "numeri", "e164"})
_LABEL_COLUMN = re.compile(r"(.* )?(label|type|libelle|etichetta|tipo)")


@dataclass(slots=True)
class _Plan:
    """What each column is for."""

    roles: dict[int, str] = field(default_factory=dict)
    numbers: dict[int, str] = field(default_factory=dict)
    """Column -> label."""
    labels: dict[int, int] = field(default_factory=dict)
    """Column of a number -> column of its label."""
    others: dict[int, str] = field(default_factory=dict)
    """Column -> its heading, for the note."""

    @property
    def useful(self) -> bool:
        """Whether anything can be read by it."""
        return bool(self.numbers) or any(role not in ("note", "email") for role in self.roles.values())


def read_csv(data: bytes) -> Iterator[Entry | Remark]:
    """The contacts of a file, in order. Raises `UnreadableFile` when no column is a name or a number."""
    text = decode(data).replace("\x00", "")
    skipped = 0
    first = text.split("\n", 1)[0].strip().lower()
    if re.fullmatch(r"sep=.", first):
        text, skipped = text.split("\n", 1)[1] if "\n" in text else "", 1
    delimiter = first[-1] if skipped else _delimiter(text)
    rows = _rows(text, delimiter, skipped)
    plan: _Plan | None = None
    count = 0
    for line, cells in rows:
        if isinstance(cells, Remark):
            yield cells
            continue
        if plan is None:
            plan = plan_columns(cells)
            if plan.useful:
                continue
            plan = _guess(cells)
            if not plan.useful:
                raise UnreadableFile(
                    "No column is a name or a number: the first line names them, like Name, Company, Phone."
                )
        count += 1
        if count > MOST_ENTRIES:
            yield too_many(line)
            return
        yield _entry(line, cells, plan)
    if plan is None:
        raise UnreadableFile("The file is empty.")


def plan_columns(headings: list[str]) -> _Plan:
    """What the columns of these headings are."""
    plan = _Plan()
    folded = [fold(heading) for heading in headings]
    for column, heading in enumerate(folded):
        if heading in _ROLES:
            plan.roles[column] = _ROLES[heading]
        elif _LABEL_COLUMN.fullmatch(heading):
            near = next((n for n in (column + 1, column - 1) if _is_number(folded, n)), None)
            if near is None:
                plan.others[column] = headings[column].strip()
            else:
                plan.labels.setdefault(near, column)
        elif _is_number(folded, column):
            plan.numbers[column] = _label(heading.split(), headings[column])
        elif heading:
            plan.others[column] = headings[column].strip()
    roles = set(plan.roles.values())
    for column, role in list(plan.roles.items()):
        if role == "nom":  # French: the surname where there is a first name too
            plan.roles[column] = "last" if "first" in roles else "name"
        elif role == "nome":  # Italian: the first name where there is a surname too
            plan.roles[column] = "first" if "last" in roles else "name"
    return plan


def _is_number(headings: list[str], column: int) -> bool:
    """Whether a column, by its folded heading, holds telephone numbers."""
    if not 0 <= column < len(headings) or _LABEL_COLUMN.fullmatch(headings[column]):
        return False
    words = headings[column].split()
    return headings[column] in _NUMBER_HEADINGS or bool(_NUMBER_WORDS.intersection(words))


def _guess(cells: list[str]) -> _Plan:
    """A file without headings: a column that holds a number is one, the first with letters is the name."""
    plan = _Plan()
    for column, cell in enumerate(cells):
        if _NUMBER_LIKE.fullmatch(cell.strip()):
            plan.numbers[column] = "phone"
        elif "@" in cell:
            plan.roles[column] = "email"
        elif cell.strip() and "name" not in plan.roles.values():
            plan.roles[column] = "name"
        elif cell.strip() and "company" not in plan.roles.values():
            plan.roles[column] = "company"
    return plan if plan.numbers else _Plan()


def _delimiter(text: str) -> str:
    """The delimiter that the first line has most of, outside quotes."""
    line = re.sub(r'"[^"]*"', "", text[:_MOST_CELL].lstrip("\r\n").split("\n", 1)[0])
    return max(_DELIMITERS, key=lambda mark: (line.count(mark), -_DELIMITERS.index(mark)))


def _rows(text: str, delimiter: str, skipped: int) -> Iterator[tuple[int, list[str] | Remark]]:
    """Rows that are not empty, each with the number of its first line."""
    csv.field_size_limit(_MOST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    while True:
        line = reader.line_num + 1 + skipped
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, remark(line, "line-unread", "The line is no CSV: {why}.", why=str(error))
            continue
        if len(cells) > _MOST_COLUMNS:
            text = "A line has at most {most} columns."
            yield line, remark(line, "too-many-columns", text, most=_MOST_COLUMNS)
        elif any(cell.strip() for cell in cells):
            yield line, cells


def _entry(line: int, cells: list[str], plan: _Plan) -> Entry:
    entry = Entry(line)
    names: dict[str, str] = {}
    for column, cell in enumerate(cells):
        text = _unquoted(cell.strip())
        if not text:
            continue
        role = plan.roles.get(column)
        if column in plan.numbers:
            label = plan.labels.get(column)
            written = cells[label].strip() if label is not None and label < len(cells) else ""
            named = _label(fold(written).split(), written) if written else plan.numbers[column]
            entry.numbers += _written(named, text)
        elif role == "company":
            entry.company = entry.company or text
        elif role == "email":
            entry.emails += [part for part in re.split(r"\s*:::\s*|[\s;,]+", text) if part]
        elif role == "note":
            entry.notes.append(text)
        elif role is not None:
            names.setdefault(role, text)
        elif column in plan.others and column not in plan.labels.values():
            entry.notes.append(f"{plan.others[column]}: {text}")
    parts = (names.get(role, "") for role in ("first", "middle", "last"))
    entry.name = names.get("name") or " ".join(filter(None, parts))
    return entry


def _written(label: str, text: str) -> list[WrittenNumber]:
    """The numbers of a cell: one, unless every part between separators looks like a number."""
    parts = [part for part in _SEVERAL.split(text) if part]
    if len(parts) > 1 and all(_NUMBER_LIKE.fullmatch(part) for part in parts):
        return [WrittenNumber(label, part) for part in parts]
    return [WrittenNumber(label, text)]


def _label(words: list[str], otherwise: str) -> str:
    """The label that one of the words means; "phone" for those that mean none, else what was written."""
    found = next((_LABELS[word] for word in words if word in _LABELS), None)
    if found is not None:
        return "fax" if _LABELS.keys() & words and "fax" in map(_LABELS.get, words) else found
    return "phone" if not words or _NUMBER_WORDS.intersection(words) else otherwise


def _unquoted(text: str) -> str:
    """Without the apostrophe that keeps a spreadsheet from computing (our own export writes it too)."""
    return text[1:] if re.match(r"'[=+\-@|%\t\r\n]", text) else text


def headings() -> list[str]:
    """The first line of what is exported."""
    numbers = [f"Phone {n} {part}" for n in range(1, _EXPORTED_NUMBERS + 1) for part in ("label", "value")]
    return ["Name", "Company", "E-mail", *numbers, "Other phones", "Notes"]


def write_csv(contacts: Iterable[Contact], safe: Callable[[str], str]) -> str:
    """Lines for `headings`; `safe` makes text of what a spreadsheet would compute."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    for contact in contacts:
        card = contact.card
        written = [
            (n.label, f"{n.e164} ext. {n.then}" if n.then else n.e164) for n in card.numbers[:MOST_NUMBERS]
        ]
        cells = [card.name, card.company, card.email]
        for label, number in (written + [("", "")] * _EXPORTED_NUMBERS)[:_EXPORTED_NUMBERS]:
            cells += [label, number]
        cells += [" ::: ".join(number for _, number in written[_EXPORTED_NUMBERS:]), card.note]
        writer.writerow([safe(cell) for cell in cells])
    return buffer.getvalue()
