/** A number or extension that is called when it is pressed; one that is withheld says so, and can not be. */
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { usePhone } from "./PhoneContext";

/** What stands for the number of a caller who shows none. */
const WITHHELD = "anonymous";

export function Callable({ number, children }: { number: string | null; children?: ReactNode }) {
  const { t } = useTranslation("phone");
  const { phone, call } = usePhone();
  if (!number || number === WITHHELD) return <>{children || t("unknown")}</>;
  if (!phone) return <>{children ?? number}</>;
  return (
    <a
      className="swp-callable"
      href={`tel:${number}`}
      title={t("callNumber", { number })}
      onClick={(event) => {
        event.preventDefault();
        event.stopPropagation();
        call(number);
      }}
    >
      {children ?? number}
    </a>
  );
}
