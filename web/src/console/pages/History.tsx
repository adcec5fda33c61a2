/** What was applied, by whom and when, with the difference and the way back. */
import { Button, Group, Paper, Stack, Text } from "@mantine/core";
import { IconArrowBackUp, IconHistory } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Empty, Failed, Loading, Page, RelativeTime, StateBadge } from "../../ui";
import { Changes } from "../Changes";
import { RollBack } from "../RollBack";
import { api } from "../session";
import type { Revision } from "../types";

const SIZE = 20;

export default function History() {
  const { t } = useTranslation("console");
  const [rolling, setRolling] = useState<number | null>(null);
  const query = useInfiniteQuery({
    queryKey: ["revisions"],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) => {
      const before = pageParam > 0 ? `&before=${pageParam}` : "";
      return api.request<Revision[]>(`/api/configuration/revisions?limit=${SIZE}${before}`, { signal });
    },
    getNextPageParam: (last) => (last.length === SIZE && (last.at(-1)?.number ?? 0) > 1 ? last.at(-1)?.number : undefined),
  });
  const revisions = query.data?.pages.flat();
  return (
    <Page title={t("menu.history")} about={t("history.about")}>
      {query.error ? (
        <Failed error={query.error} onRetry={() => void query.refetch()} />
      ) : revisions === undefined ? (
        <Loading />
      ) : revisions.length === 0 ? (
        <Paper>
          <Empty icon={IconHistory} title={t("history.empty")} />
        </Paper>
      ) : (
        <Stack gap="md" maw={760}>
          {revisions.map((revision, place) => (
            <Paper key={revision.number} component="article" p="lg" aria-label={t("history.revision", { number: revision.number })}>
              <Group justify="space-between" align="flex-start" mb="md">
                <div>
                  <Group gap="sm">
                    <Text fw={620}>{t("history.revision", { number: revision.number })}</Text>
                    {place === 0 && <StateBadge state="ok" label={t("history.current")} />}
                  </Group>
                  <Text size="sm" c="dimmed">
                    {revision.author} · <RelativeTime time={revision.time} />
                  </Text>
                  {revision.comment && <Text mt={8}>{revision.comment}</Text>}
                </div>
                {place > 0 && (
                  <Button
                    variant="default"
                    leftSection={<IconArrowBackUp size={18} />}
                    mih={44}
                    onClick={() => setRolling(revision.number)}
                  >
                    {t("history.rollBack")}
                  </Button>
                )}
              </Group>
              {revision.changes.length > 0 ? (
                <Changes changes={revision.changes} />
              ) : (
                <Text c="dimmed">{t("history.noChanges")}</Text>
              )}
            </Paper>
          ))}
          {query.hasNextPage && (
            <Button variant="default" mih={44} onClick={() => void query.fetchNextPage()} loading={query.isFetchingNextPage}>
              {t("history.older")}
            </Button>
          )}
        </Stack>
      )}
      {rolling !== null && <RollBack number={rolling} onClose={() => setRolling(null)} />}
    </Page>
  );
}
