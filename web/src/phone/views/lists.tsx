/** What a list shows before it is there, and when it can not be had. */
import { IconCloudOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Empty } from "./parts";

export function ListLoading() {
  const { t } = useTranslation("phone");
  return (
    <div className="swp-loading" role="status" aria-label={t("loading")}>
      {[0, 1, 2, 3].map((row) => (
        <i key={row} />
      ))}
    </div>
  );
}

export function ListFailed({ onAgain }: { onAgain: () => void }) {
  const { t } = useTranslation("phone");
  return (
    <Empty icon={<IconCloudOff aria-hidden />} title={t("listFailed")}>
      <button type="button" className="swp-link" onClick={onAgain}>
        {t("tryAgain")}
      </button>
    </Empty>
  );
}
