/** Small pieces of the guest page. */
import { IconAlertTriangle, IconInfoCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { PhoneWay, Trouble } from "./model";

/** The mark of the system that is called. */
export function Mark() {
  return <img src="/favicon.svg" width={28} height={28} alt="" />;
}

/** What went wrong, and what to do. */
export function TroubleBox({ trouble, act, onAct, children }: { trouble: Trouble; act?: string; onAct?: () => void; children?: ReactNode }) {
  const { t } = useTranslation("guest");
  return (
    <div className="swg-trouble" role="alert">
      <IconAlertTriangle size={22} aria-hidden />
      <div>
        <strong>{t(`trouble.${trouble}.what`)}</strong>
        <p>{t(`trouble.${trouble}.do`)}</p>
        {act && (
          <button type="button" className="swg-link" onClick={onAct}>
            {act}
          </button>
        )}
        {children}
      </div>
    </div>
  );
}

/** Something to know, perhaps with one act. */
export function Strip({ children, act, onAct, urgent = false }: { children: ReactNode; act?: string; onAct?: () => void; urgent?: boolean }) {
  return (
    <div className="swg-strip" role={urgent ? "alert" : "status"}>
      <IconInfoCircle size={20} aria-hidden />
      <span>{children}</span>
      {act && (
        <button type="button" className="swg-link" onClick={onAct}>
          {act}
        </button>
      )}
    </div>
  );
}

/** How to come by phone instead. */
export function ByPhone({ way, system, needsCode }: { way: PhoneWay; system: string; needsCode: boolean }) {
  const { t } = useTranslation("guest");
  const ways = [
    ...way.numbers.map((number) => (way.conference_id ? t("callServer", { number, id: way.conference_id }) : t("callExtension", { number, system }))),
    ...(way.extension ? [t("callExtension", { number: way.extension, system })] : []),
    ...(way.conference_server && way.conference_id ? [t("callServer", { number: way.conference_server, id: way.conference_id })] : []),
  ];
  if (ways.length === 0) return null;
  return (
    <section className="swg-phone">
      <h2>{t("byPhone")}</h2>
      <ul>
        {ways.map((words) => (
          <li key={words}>{needsCode ? `${words}, ${t("thenCode")}` : words}</li>
        ))}
      </ul>
    </section>
  );
}
