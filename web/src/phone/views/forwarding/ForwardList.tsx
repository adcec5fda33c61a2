/** Destinations that are tried in order, each for its seconds (B3-04). */
import { IconArrowUp, IconPlus, IconTrash } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Destination, type Forward, MOST_FORWARDS, rings, SECONDS, sooner, without, added } from "./forwardings";
import { AddDestination, useDestinationName } from "./destination";

interface ForwardListProps {
  label: string;
  list: readonly Forward[];
  onChange: (list: readonly Forward[]) => void;
}

export function ForwardList({ label, list, onChange }: ForwardListProps) {
  const { t } = useTranslation("phone");
  const [adding, setAdding] = useState(false);
  const nameOf = useDestinationName();
  const add = (destination: Destination): void => {
    onChange(added(list, destination));
    setAdding(false);
  };
  return (
    <>
      {list.length > 0 && (
        <ol className="swp-forwards" aria-label={label}>
          {list.map((forward, place) => (
            <Row
              key={`${place} ${forward.destination.kind} ${forward.destination.target}`}
              forward={forward}
              name={nameOf(forward.destination)}
              onSeconds={(seconds) => onChange(rings(list, place, seconds))}
              onSooner={place > 0 ? () => onChange(sooner(list, place)) : null}
              onRemove={() => onChange(without(list, place))}
            />
          ))}
        </ol>
      )}
      {adding ? (
        <AddDestination onAdd={add} onCancel={() => setAdding(false)} />
      ) : (
        list.length < MOST_FORWARDS && (
          <button type="button" className="swp-link swp-add" onClick={() => setAdding(true)}>
            <IconPlus size={18} aria-hidden /> {t("forwarding.add")}
          </button>
        )
      )}
    </>
  );
}

interface RowProps {
  forward: Forward;
  name: string;
  onSeconds: (seconds: number) => void;
  onSooner: (() => void) | null;
  onRemove: () => void;
}

const SETTLED_MS = 500;

function Row({ forward, name, onSeconds, onSooner, onRemove }: RowProps) {
  const { t } = useTranslation("phone");
  /** While the slider moves; it is sent when it stands still. */
  const [moved, setMoved] = useState<number | null>(null);
  useEffect(() => {
    if (moved === null) return;
    const timer = window.setTimeout(() => {
      setMoved(null);
      if (moved !== forward.seconds) onSeconds(moved);
    }, SETTLED_MS);
    return () => window.clearTimeout(timer);
  });
  const seconds = moved ?? forward.seconds;
  return (
    <li>
      <div className="swp-forward">
        <strong>{name}</strong>
        {onSooner && (
          <button type="button" className="swp-icon" aria-label={t("forwarding.sooner", { name })} title={t("forwarding.sooner", { name })} onClick={onSooner}>
            <IconArrowUp size={20} aria-hidden />
          </button>
        )}
        <button type="button" className="swp-icon" aria-label={t("forwarding.remove", { name })} title={t("forwarding.remove", { name })} onClick={onRemove}>
          <IconTrash size={20} aria-hidden />
        </button>
      </div>
      <label className="swp-range">
        <span>{t("forwarding.rings", { seconds })}</span>
        <input
          type="range"
          min={SECONDS.least}
          max={SECONDS.most}
          step={5}
          value={seconds}
          aria-label={t("forwarding.ringsName", { name })}
          aria-valuetext={t("forwarding.rings", { seconds })}
          onChange={(event) => setMoved(Number(event.currentTarget.value))}
        />
      </label>
    </li>
  );
}
