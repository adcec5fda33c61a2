/** Steps through a list that the server gives page by page; where one stands is in the address bar. */
import { Button, Group } from "@mantine/core";
import { IconChevronRight, IconChevronsLeft } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useAddress } from "../ui";

export function Pager({ next }: { next: string | number | null | undefined }) {
  const { t } = useTranslation("console");
  const address = useAddress();
  if (!next && !address.get("after")) return null;
  return (
    <Group justify="center" gap="sm">
      <Button
        variant="default"
        mih={44}
        disabled={!address.get("after")}
        leftSection={<IconChevronsLeft size={18} />}
        onClick={() => address.set({ after: null }, true)}
      >
        {t("pager.newest")}
      </Button>
      <Button
        variant="default"
        mih={44}
        disabled={!next}
        rightSection={<IconChevronRight size={18} />}
        onClick={() => {
          address.set({ after: String(next) }, true);
          window.scrollTo(0, 0);
        }}
      >
        {t("pager.older")}
      </Button>
    </Group>
  );
}
