/** CRM, Project and Helpdesk: one page, as a board or as a list (S2-10, S2-12). */
import { Button, SegmentedControl, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconAdjustments, IconPlus, IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { Choice } from "../console/Filters";
import filters from "../console/Filters.module.css";
import { useWho } from "../console/session";
import { Page, useAddress } from "../ui";
import { useOwners, useRecordChanges, useStages } from "./data";
import { Kanban } from "./Kanban";
import { NewRecord } from "./NewRecord";
import { RecordList } from "./RecordList";
import { StagesSheet } from "./StagesSheet";
import { type App, APPS } from "./types";
import { stageName } from "./words";

const CALM = 300;

export default function BoardPage() {
  const [location] = useLocation();
  const app = APPS.find((one) => location.split("/")[2] === one) ?? "crm";
  return <OfApp key={app} app={app} />;
}

function OfApp({ app }: { app: App }) {
  const { t } = useTranslation("records");
  const who = useWho();
  const address = useAddress();
  const list = address.get("view") === "list";
  useRecordChanges();
  const close = () => address.set({ add: null, stages: null });
  return (
    <Page
      wide
      title={t(`console:menu.${app}`)}
      about={t(`about.${app}`)}
      actions={
        <>
          <Button color="green" mih={44} leftSection={<IconPlus size={18} />} onClick={() => address.set({ add: "1" }, true)}>
            {t(`add.${app}`)}
          </Button>
          {who.may("system") && (
            <Button
              variant="default"
              mih={44}
              leftSection={<IconAdjustments size={18} />}
              onClick={() => address.set({ stages: "1" }, true)}
            >
              {t("stages.title")}
            </Button>
          )}
          <SegmentedControl
            aria-label={t("view.label")}
            size="md"
            value={list ? "list" : "board"}
            data={[
              { value: "board", label: t("view.board") },
              { value: "list", label: t("view.list") },
            ]}
            onChange={(view) => address.set({ view: view === "list" ? view : null, after: null }, true)}
          />
        </>
      }
    >
      <search className={filters.filters}>
        <Tools app={app} list={list} />
      </search>
      {list ? <RecordList app={app} /> : <Kanban app={app} />}
      {address.get("add") && <NewRecord app={app} onClose={close} />}
      {address.get("stages") && who.may("system") && <StagesSheet app={app} onClose={close} />}
    </Page>
  );
}

/** What to look for, of whom; in the list by stage too. */
function Tools({ app, list }: { app: App; list: boolean }) {
  const { t } = useTranslation("records");
  const address = useAddress();
  const owners = useOwners().data ?? [];
  const stages = useStages(app).data ?? [];
  const [text, setText] = useState(address.get("q"));
  const look = useDebouncedCallback((q: string) => address.set({ q, after: null }), CALM);
  return (
    <>
      <TextInput
        label={t("console:filter.text")}
        className={filters.text}
        leftSection={<IconSearch size={18} />}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          look(event.currentTarget.value);
        }}
      />
      <Choice
        address={address}
        name="owner"
        label={t("field.owner")}
        all={t("console:filter.everybody")}
        options={owners.map(({ id, name }) => ({ value: id, label: name }))}
      />
      {list && (
        <>
          <Choice
            address={address}
            name="stage"
            label={t("field.stage")}
            all={t("console:filter.all")}
            options={stages.map((stage) => ({ value: stage.id, label: stageName(t, stage) }))}
          />
          <Choice
            address={address}
            name="open"
            label={t("view.which")}
            all={t("view.open")}
            options={[{ value: "all", label: t("console:filter.all") }]}
          />
        </>
      )}
    </>
  );
}
