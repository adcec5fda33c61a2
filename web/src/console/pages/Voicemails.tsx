/** "Voicemails": the boxes of users, and boxes of their own, which a number has to lead to (B7-01). */
import { Anchor, Text } from "@mantine/core";
import { IconRecordMail } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import type { Column } from "../../ui";
import { EntryPage, Named } from "../outside/EntryPage";
import { MailboxForm } from "../outside/MailboxForm";
import { isUsers } from "../outside/groupValues";
import { useMailboxes, useNumbers } from "../outside/queries";
import type { Mailbox } from "../outside/types";
import { usePeopleNames } from "../outside/usePeopleNames";

export default function Voicemails() {
  const { t } = useTranslation("outside");
  const query = useMailboxes();
  const names = usePeopleNames();
  const numbers = useNumbers().data ?? [];
  const leading = (box: Mailbox) =>
    numbers.filter(({ destination, otherwise }) =>
      [destination, otherwise].some((one) => one?.kind === "voicemail" && one.target === box.id),
    );
  const columns: Column<Mailbox>[] = [
    {
      key: "name",
      label: t("console:field.name"),
      value: (box) => box.name,
      render: (box) => <Named href={`/voicemails?edit=${box.id}`} name={box.name} pending={box.pending} />,
    },
    {
      key: "user",
      label: t("voicemails.of"),
      value: (box) => (box.user ? names([box.user]) : ""),
      render: (box) =>
        box.user ? (
          <Anchor component={Link} href={`/users?edit=${box.user}`} inherit c="inherit">
            {names([box.user])}
          </Anchor>
        ) : (
          <Text c="dimmed">{t("voicemails.own")}</Text>
        ),
    },
    {
      key: "email",
      label: t("console:field.email"),
      value: (box) => box.email,
      render: (box) => box.email ?? <Text c="dimmed">–</Text>,
    },
    {
      key: "numbers",
      label: t("voicemails.reached"),
      value: (box) => [box.extension, ...leading(box).map((number) => number.shown)].filter(Boolean).join(", "),
      render: (box) => {
        const ways = [box.extension, ...leading(box).map((number) => number.shown)].filter(Boolean);
        if (ways.length > 0) return ways.join(", ");
        return <Text c="dimmed">{t(isUsers(box) ? "voicemails.byUser" : "voicemails.byNothing")}</Text>;
      },
    },
  ];
  return (
    <EntryPage
      words="voicemails"
      path="/api/mailboxes"
      icon={IconRecordMail}
      query={query}
      columns={columns}
      nameOf={(box) => box.name}
      form={(props) => <MailboxForm {...props} />}
      deletable={(box) => !isUsers(box)}
      editLast
    />
  );
}
