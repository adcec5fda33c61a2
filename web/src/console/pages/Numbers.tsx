/** "Incoming numbers": where the callers of each are led (S1-12, B2). */
import { Stack, Text } from "@mantine/core";
import { IconPhoneIncoming } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Column } from "../../ui";
import { EntryPage, Named } from "../outside/EntryPage";
import { NumberForm } from "../outside/NumberForm";
import { useNumbers } from "../outside/queries";
import type { IncomingNumber } from "../outside/types";
import { useDestinations } from "../outside/useDestinations";
import { hoursWords } from "../outside/values";

export default function Numbers() {
  const { t, i18n } = useTranslation("outside");
  const query = useNumbers();
  const destinations = useDestinations();
  const columns: Column<IncomingNumber>[] = [
    {
      key: "number",
      label: t("numbers.number"),
      value: (number) => number.shown,
      csv: (number) => number.e164,
      render: (number) => (
        <Stack gap={2}>
          <Named href={`/numbers?edit=${number.id}`} name={number.shown} pending={number.pending} />
          {number.label && (
            <Text size="sm" c="dimmed">
              {number.label}
            </Text>
          )}
        </Stack>
      ),
    },
    {
      key: "destination",
      label: t("numbers.leadsTo"),
      value: (number) => destinations.words(number.destination),
      render: (number) => (
        <Stack gap={2}>
          <Text c={number.destination.kind === "not-configured" ? "dimmed" : "inherit"}>
            {destinations.words(number.destination)}
          </Text>
          {number.schedule.length > 0 && (
            <Text size="sm" c="dimmed">
              {number.schedule.map((hours) => hoursWords(hours, i18n.language)).join("; ")}
              {" · "}
              {t("numbers.else", { where: destinations.words(number.otherwise) })}
            </Text>
          )}
        </Stack>
      ),
    },
  ];
  return (
    <EntryPage
      words="numbers"
      path="/api/numbers"
      icon={IconPhoneIncoming}
      query={query}
      columns={columns}
      nameOf={(number) => number.shown}
      form={(props) => <NumberForm {...props} />}
      editLast
    />
  );
}
