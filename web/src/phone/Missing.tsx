/** In place of a phone that is not there: why. */
import { IconPhoneOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { usePhone } from "./PhoneContext";
import { Empty } from "./views/parts";
import { ListLoading } from "./views/lists";

export function Missing() {
  const { t } = useTranslation("phone");
  const { missing, reload } = usePhone();
  if (missing === "loading" || missing === null) return <ListLoading />;
  return (
    <Empty icon={<IconPhoneOff aria-hidden />} title={t(missing === "no-user" ? "missing.noUser" : "missing.unreachable")}>
      {missing === "unreachable" && (
        <button type="button" className="swp-link" onClick={reload}>
          {t("tryAgain")}
        </button>
      )}
    </Empty>
  );
}
