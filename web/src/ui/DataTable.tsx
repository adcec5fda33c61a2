/** A list: sortable, with its filter in the address bar, 50 rows a page, as CSV; cards on a phone's screen. */
import { ActionIcon, Button, CloseButton, Group, Paper, Skeleton, TextInput, Text } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconDownload, IconSearch, IconSearchOff } from "@tabler/icons-react";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { type ReactNode, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Address, useAddress } from "./address";
import { csvOf } from "./csv";
import styles from "./DataTable.module.css";
import { number } from "./format";
import { Empty } from "./Page";
import { useSlow } from "./progress";

type Cell = string | number | boolean | null;

export interface Column<T> {
  key: string;
  label: string;
  render: (row: T) => ReactNode;
  /** What to sort, filter and export by; a column without it is none of these. */
  value?: (row: T) => Cell;
  /** Exported instead of `value`; false: never (codes). */
  csv?: ((row: T) => Cell) | false;
  /** At the end of the row, without a label: the buttons. */
  actions?: boolean;
  end?: boolean;
  /** Filtered by and exported, but shown within another column. */
  within?: boolean;
}

const PAGE = 50;

/** Rows that hold every word of the filter, in the order asked for. */
export function arrange<T>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  filter: string,
  order: string,
  language: string,
): T[] {
  const words = filter.toLocaleLowerCase(language).split(/\s+/).filter(Boolean);
  const matches = (row: T): boolean => {
    const text = columns.map((column) => String(column.value?.(row) ?? "")).join("\n").toLocaleLowerCase(language);
    return words.every((word) => text.includes(word));
  };
  const found = words.length > 0 ? rows.filter(matches) : [...rows];
  const by = columns.find((column) => column.key === order.replace(/^-/, ""))?.value;
  if (!by) return found;
  const compare = new Intl.Collator(language, { numeric: true, sensitivity: "base" }).compare;
  const sign = order.startsWith("-") ? -1 : 1;
  return found.sort((one, other) => {
    const [a, b] = [by(one), by(other)];
    if (typeof a === "number" && typeof b === "number") return sign * (a - b);
    return sign * compare(String(a ?? ""), String(b ?? ""));
  });
}

interface Props<T> {
  label: string;
  rows: readonly T[] | undefined;
  columns: readonly Column<T>[];
  rowKey: (row: T) => string;
  /** Said when there is nothing at all. */
  empty: ReactNode;
  /** Beside the filter, at its left: the button that adds. */
  toolbar?: ReactNode;
  filterLabel?: string;
  /** Name of the CSV file. */
  file?: string;
}

export function DataTable<T>({ label, rows, columns, rowKey, empty, toolbar, filterLabel, file }: Props<T>) {
  const { t, i18n } = useTranslation("common");
  const address = useAddress();
  const [filter, order] = [address.get("q"), address.get("sort")];
  const found = useMemo(
    () => (rows ? arrange(rows, columns, filter, order, i18n.language) : undefined),
    [rows, columns, filter, order, i18n.language],
  );
  const pages = Math.max(1, Math.ceil((found?.length ?? 0) / PAGE));
  const page = Math.min(pages, Math.max(1, Number(address.get("page")) || 1));
  const nothing = rows?.length === 0;

  const download = () => {
    const kept = columns.filter((column) => !column.actions && column.csv !== false && (column.csv ?? column.value));
    const lines = (found ?? []).map((row) => kept.map((column) => (column.csv || column.value)?.(row) ?? ""));
    const text = csvOf([kept.map((column) => column.label), ...lines]);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\uFEFF", text], { type: "text/csv" }));
    link.download = `${file ?? "list"}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };
  return (
    <div className={styles.whole}>
      {(toolbar !== undefined || !nothing) && (
        <Group gap="md">
          {toolbar}
          {!nothing && (
            <TextInput
              className={styles.filter}
              placeholder={filterLabel ?? t("table.filter")}
              aria-label={filterLabel ?? t("table.filter")}
              leftSection={<IconSearch size={18} />}
              rightSection={
                filter && <CloseButton onClick={() => address.set({ q: null })} aria-label={t("table.clear")} />
              }
              value={filter}
              onChange={(event) => address.set({ q: event.currentTarget.value, page: null })}
            />
          )}
          {!nothing && file !== undefined && (
            <Button variant="subtle" color="gray" leftSection={<IconDownload size={18} />} onClick={download} mih={44}>
              CSV
            </Button>
          )}
        </Group>
      )}
      <Paper className={styles.card}>
        {nothing ? (
          empty
        ) : (
          <Rows {...{ label, rowKey, order, address }} columns={columns.filter((column) => !column.within)} rows={found?.slice((page - 1) * PAGE, page * PAGE)} />
        )}
        {found?.length === 0 && !nothing && (
          <Empty icon={IconSearchOff} title={t("table.noMatch")}>
            {t("table.noMatchHint")}
          </Empty>
        )}
      </Paper>
      {pages > 1 && (
        <Group justify="center" gap="sm">
          <ActionIcon
            variant="default"
            disabled={page === 1}
            onClick={() => address.set({ page: page === 2 ? null : String(page - 1) })}
            aria-label={t("table.previous")}
          >
            <IconChevronLeft size={20} />
          </ActionIcon>
          <Text aria-live="polite">
            {t("table.range", {
              from: number((page - 1) * PAGE + 1, i18n.language),
              to: number(Math.min(page * PAGE, found?.length ?? 0), i18n.language),
              total: number(found?.length ?? 0, i18n.language),
            })}
          </Text>
          <ActionIcon
            variant="default"
            disabled={page === pages}
            onClick={() => address.set({ page: String(page + 1) })}
            aria-label={t("table.next")}
          >
            <IconChevronRight size={20} />
          </ActionIcon>
        </Group>
      )}
    </div>
  );
}

interface RowsProps<T> extends Pick<Props<T>, "label" | "rows" | "columns" | "rowKey"> {
  /** With these the heads sort. */
  order?: string;
  address?: Address;
}

/** The table itself. */
export function Rows<T>({ label, rows, columns, rowKey, order = "", address }: RowsProps<T>) {
  const { t } = useTranslation("common");
  const slow = useSlow(rows === undefined);
  return (
    <div className={styles.scroll}>
      <table className={styles.table} aria-label={label} aria-busy={rows === undefined}>
        <thead>
          <tr>
            {columns.map((column) => {
              const state = order === column.key ? "ascending" : order === `-${column.key}` ? "descending" : "none";
              if (column.actions) return <th key={column.key} aria-label={t("table.actions")} />;
              if (!address || !column.value) {
                return (
                  <th key={column.key} data-end={column.end || undefined}>
                    {column.label}
                  </th>
                );
              }
              const next = state === "none" ? column.key : state === "ascending" ? `-${column.key}` : null;
              return (
                <th key={column.key} aria-sort={state} data-end={column.end || undefined}>
                  <button type="button" className={styles.sort} onClick={() => address.set({ sort: next, page: null })}>
                    {column.label}
                    {state === "ascending" && <IconArrowUp size={15} aria-hidden />}
                    {state === "descending" && <IconArrowDown size={15} aria-hidden />}
                  </button>
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {rows?.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map((column) => (
                <td
                  key={column.key}
                  data-label={column.label}
                  data-actions={column.actions || undefined}
                  data-end={column.end || undefined}
                >
                  {column.render(row)}
                </td>
              ))}
            </tr>
          ))}
          {slow &&
            [0, 1, 2, 3].map((line) => (
              <tr key={line}>
                <td colSpan={columns.length}>
                  <Skeleton height={16} my={6} width={`${80 - line * 12}%`} />
                </td>
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  );
}
