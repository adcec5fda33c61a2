/** One field for a colleague, a contact or a number, with those who match under it. Arrow keys choose, Enter takes. */
import { type ReactNode, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Avatar } from "../parts";
import { meaningWords, refusalWords } from "../meaning";
import type { Choice, Offer } from "./choice";

interface ChoiceFieldProps {
  choice: Choice;
  label: string;
  /** Said under the empty field. */
  hint: string;
  autoFocus?: boolean;
  /** What can be done, between the field and the list. */
  children?: ReactNode;
}

export function ChoiceField({ choice, label, hint, autoFocus = false, children }: ChoiceFieldProps) {
  const { t, i18n } = useTranslation("phone");
  const id = useId();
  const list = useRef<HTMLUListElement>(null);
  const [key, setKey] = useState<string | null>(null);
  const { offers, meaning, text, chosen } = choice;
  // By who it is, not by its place: the list may become another one under it.
  const at = offers.findIndex((offer) => keyOf(offer) === key);
  const active = offers[at] ?? null;
  const wanted = active ?? choice.first;
  const known = chosen !== null || (meaning !== null && meaning.kind !== "refused");
  const refused = meaning?.kind === "refused" && offers.length === 0;
  const take = (offer: Offer): void => {
    choice.choose(offer);
    setKey(null);
  };
  const onKey = (event: React.KeyboardEvent): void => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0 && offers.length > 0) {
      event.preventDefault();
      const next = at < 0 && step < 0 ? offers.length - 1 : (at + step + offers.length) % offers.length;
      const offer = offers[next];
      setKey(offer ? keyOf(offer) : null);
      list.current?.children[next]?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && wanted) {
      // A name alone leads nowhere: the first who has it is taken, and the next Enter goes on.
      event.preventDefault();
      take(wanted);
    } else if (event.key === "Escape" && text !== "") {
      event.preventDefault();
      event.stopPropagation();
      choice.clear();
    }
  };
  const nobody = text.trim() !== "" && !known && offers.length === 0;
  const words = refused
    ? refusalWords(meaning, t, i18n.language)
    : meaning && meaning.kind !== "refused"
      ? meaningWords(meaning, text, i18n.language)
      : nobody
        ? t("moving.nobody")
        : text === ""
          ? hint
          : "";
  return (
    <div className="swp-choose">
      <input
        role="combobox"
        aria-label={label}
        aria-autocomplete="list"
        aria-expanded={offers.length > 0}
        aria-controls={`${id}-list`}
        aria-activedescendant={active ? `${id}-${at}` : undefined}
        aria-describedby={`${id}-hint`}
        aria-invalid={refused}
        placeholder={label}
        autoComplete="off"
        spellCheck={false}
        autoFocus={autoFocus}
        value={text}
        onChange={(event) => {
          choice.type(event.currentTarget.value);
          setKey(null);
        }}
        onKeyDown={onKey}
      />
      <p id={`${id}-hint`} className="swp-hint" data-refused={refused || undefined} aria-live="polite">
        {words}
      </p>
      {children}
      <ul ref={list} id={`${id}-list`} className="swp-list swp-choices" role="listbox" aria-label={t("room.offers")} hidden={offers.length === 0}>
        {offers.map((offer, index) => (
          <li
            key={keyOf(offer)}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === at}
            className="swp-row swp-who"
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => take(offer)}
          >
            <Avatar name={offer.name} presence={offer.presence} size={36} />
            <span>
              <strong>{offer.name}</strong>
              <small>{offer.user !== null && offer.presence ? `${offer.shown} · ${t(`status.${offer.presence}`)}` : offer.shown}</small>
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function keyOf(offer: Offer): string {
  return `${offer.id} ${offer.dial}`;
}
