/** Calls due today, assigned to me. Its list comes from the customer records when they are connected. */
import { IconCalendarEvent } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Empty } from "./parts";

export function Activities() {
  const { t } = useTranslation("phone");
  return (
    <Empty icon={<IconCalendarEvent aria-hidden />} title={t("activities.empty")}>
      {t("activities.hint")}
    </Empty>
  );
}
