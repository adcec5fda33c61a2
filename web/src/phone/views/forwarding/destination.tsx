/** Where a forwarding leads: choosing it, and its name. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { usePeople } from "../../data";
import { useChoice } from "../moving/choice";
import { ChoiceField } from "../moving/ChoiceField";
import type { Destination } from "./forwardings";

const OFFERED = 4;

/** A colleague's name, a number as people read it, or the kind of place. */
export function useDestinationName(): (destination: Destination) => string {
  const { t } = useTranslation("phone");
  const { people } = usePeople("");
  return ({ kind, target }) => {
    if (kind === "extension") {
      const colleague = people?.find((person) => person.kind === "user" && person.id === target);
      return colleague ? `${colleague.name} (${colleague.extension ?? ""})` : t("forwarding.kind.extension");
    }
    if (kind !== "number") return t(`forwarding.kind.${kind}`);
    for (const person of people ?? []) {
      const own = person.numbers.find((number) => number.e164 === target);
      if (own) return `${person.name || person.company || own.shown} (${own.shown})`;
    }
    return target;
  };
}

/** One field: a colleague, a contact or a number. */
export function AddDestination({ onAdd, onCancel }: { onAdd: (destination: Destination) => void; onCancel: () => void }) {
  const { t } = useTranslation("phone");
  const choice = useChoice(OFFERED, false);
  const [refused, setRefused] = useState<"forwarding.onlyPeople" | "failure.server-unreachable.what" | null>(null);
  const add = async (): Promise<void> => {
    setRefused(null);
    try {
      const reached = await choice.reach();
      if (!reached) return;
      if (reached.user !== null) onAdd({ kind: "extension", target: reached.user });
      else if (reached.kind === "number") onAdd({ kind: "number", target: reached.target.dial });
      else setRefused("forwarding.onlyPeople");
    } catch {
      setRefused("failure.server-unreachable.what");
    }
  };
  return (
    <form
      className="swp-adding"
      onSubmit={(event) => {
        event.preventDefault();
        void add();
      }}
    >
      <ChoiceField choice={choice} label={t("transfer.field")} hint={t("transfer.hint")} autoFocus>
        {refused && (
          <p className="swp-hint" data-refused role="alert">
            {t(refused)}
          </p>
        )}
        <div className="swp-moving-acts">
          <button type="submit" className="swp-text swp-text-green" disabled={choice.text.trim() === ""}>
            {t("forwarding.addThis")}
          </button>
          <button type="button" className="swp-text" onClick={onCancel}>
            {t("cancel")}
          </button>
        </div>
      </ChoiceField>
    </form>
  );
}
