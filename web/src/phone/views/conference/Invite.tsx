/** S1-10: one field, contacts while typing, the green button; then what becomes of each invitation. */
import { IconChevronLeft, IconX } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { RoomInvitation } from "../../../api/room";
import { usePeople, waysOf } from "../../data";
import { Avatar } from "../parts";
import type { Inside } from "./ConferencePanel";

const OFFERED = 4;

export function Invite({ inside, onBack }: { inside: Inside; onBack: () => void }) {
  const { t } = useTranslation("phone");
  const { here, ordered } = inside;
  const [text, setText] = useState("");
  /** What a chosen name stands for. */
  const [chosen, setChosen] = useState<{ name: string; dial: string } | null>(null);
  const typed = text.trim();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (typed === "") return;
    const number = chosen?.name === typed ? chosen.dial : typed;
    void ordered.order(() => here.orders?.invite(number)).then((done) => {
      if (!done) return;
      setText("");
      setChosen(null);
    });
  };
  return (
    <section className="swp-sheet" aria-label={t("room.inviteTitle")}>
      <div className="swp-sheet-head">
        <button type="button" className="swp-icon" aria-label={t("back")} title={t("back")} onClick={onBack}>
          <IconChevronLeft size={22} aria-hidden />
        </button>
        <h2>{t("room.inviteTitle")}</h2>
      </div>
      <form className="swp-invite" onSubmit={submit}>
        <input
          autoFocus
          aria-label={t("room.inviteField")}
          placeholder={t("room.inviteField")}
          autoComplete="off"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <button type="submit" className="swp-text swp-text-green" disabled={typed === ""}>
          {t("room.inviteSubmit")}
        </button>
      </form>
      {typed !== "" && chosen?.name !== typed && (
        <Offered
          query={typed}
          inside={inside}
          onChoose={(name, dial) => {
            setText(name);
            setChosen({ name, dial });
          }}
        />
      )}
      <Invitations inside={inside} />
    </section>
  );
}

function Offered({ query, inside, onChoose }: { query: string; inside: Inside; onChoose: (name: string, dial: string) => void }) {
  const { t } = useTranslation("phone");
  const { people } = usePeople(query);
  const there = new Set(inside.here.state.room?.participants.map((one) => one.user_id));
  const away = (people ?? []).filter((person) => !there.has(person.id));
  const offers = away.flatMap((person) => waysOf(person).map((way) => ({ ...way, name: person.name || person.company || way.shown, id: person.id })));
  if (offers.length === 0) return null;
  return (
    <ul className="swp-list swp-offers" aria-label={t("room.offers")}>
      {offers.slice(0, OFFERED).map((offer) => (
        <li key={`${offer.id} ${offer.dial}`} className="swp-row">
          <button type="button" className="swp-who" onClick={() => onChoose(`${offer.name} (${offer.shown})`, offer.dial)}>
            <Avatar name={offer.name} size={32} />
            <span>
              <strong>{offer.name}</strong>
              <small>{offer.shown}</small>
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

/** Those that ring first, then what became of the others, the newest first. */
function Invitations({ inside }: { inside: Inside }) {
  const { t } = useTranslation("phone");
  const found = inside.here.state.room?.invitations ?? [];
  if (found.length === 0) return <p className="swp-note">{t("room.noInvitations")}</p>;
  const open = (one: RoomInvitation): boolean => one.state === "ringing" || one.state === "answered";
  const sorted = [...found].sort((a, b) => Number(open(b)) - Number(open(a)) || b.at - a.at);
  return (
    <ul className="swp-list swp-invitations" aria-label={t("room.invitations")}>
      {sorted.map((one) => (
        <Invitation key={one.id} one={one} inside={inside} open={open(one)} />
      ))}
    </ul>
  );
}

function Invitation({ one, inside, open }: { one: RoomInvitation; inside: Inside; open: boolean }) {
  const { t, i18n } = useTranslation("phone");
  const { here, ordered } = inside;
  const name = one.name || one.number;
  const why = i18n.exists(`phone:room.reason.${one.reason}`) ? t(`room.reason.${one.reason}`) : null;
  return (
    <li className="swp-row swp-person" data-invitation={one.state}>
      <Avatar name={name} size={32} />
      <span className="swp-person-name" role="status">
        <strong>{name}</strong>
        <small>{why ?? t(`room.invitation.${one.state}`)}</small>
      </span>
      {open && (
        <button
          type="button"
          className="swp-icon"
          aria-label={t("room.cancelInvitation", { name })}
          title={t("room.cancelInvitation", { name })}
          onClick={() => void ordered.order(() => here.orders?.cancel(one.id))}
        >
          <IconX size={18} aria-hidden />
        </button>
      )}
    </li>
  );
}
