/** How a visit ended, or why it could not begin, and what one can do now. */
import { IconCircleCheck } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Trouble, VisitState } from "./model";
import { ByPhone, TroubleBox } from "./parts";

/** An end as it was meant. */
const CALM: readonly Trouble[] = ["left", "conference-ended"];
const NO_WAY_BACK: readonly Trouble[] = ["link-over", "page-insecure", "browser-too-old", "removed", "conference-ended"];

export function Over({ state, onAgain }: { state: VisitState; onAgain: () => void }) {
  const { t } = useTranslation("guest");
  const { invitation } = state;
  const trouble = state.trouble ?? "left";
  return (
    <div className="swg-form">
      {invitation && <h1>{invitation.conference}</h1>}
      {CALM.includes(trouble) ? (
        <div className="swg-quiet" role="status">
          <IconCircleCheck size={48} aria-hidden />
          <h2>{t(`trouble.${trouble}.what`)}</h2>
          <p>{t(`trouble.${trouble}.do`)}</p>
        </div>
      ) : (
        <TroubleBox trouble={trouble} />
      )}
      {!NO_WAY_BACK.includes(trouble) && (
        <button type="button" className="swg-button swg-green" onClick={onAgain}>
          {t("again")}
        </button>
      )}
      {!CALM.includes(trouble) && invitation?.phone && <ByPhone way={invitation.phone} system={invitation.system} needsCode={invitation.needs_code} />}
    </div>
  );
}
