/** A number or extension that is called when it is pressed. */
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { usePhone } from "./PhoneContext";

export function Callable({ number, children }: { number: string; children?: ReactNode }) {
  const { t } = useTranslation("phone");
  const { phone, call } = usePhone();
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
