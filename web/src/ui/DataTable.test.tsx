import { describe, expect, it } from "vitest";
import { arrange, type Column } from "./DataTable";

interface Row {
  extension: string;
  name: string;
}
const rows: Row[] = [
  { extension: "1000", name: "Émile" },
  { extension: "201", name: "Zoé" },
  { extension: "99", name: "anna" },
];
const columns: Column<Row>[] = [
  { key: "extension", label: "", value: (row) => row.extension, render: () => null },
  { key: "name", label: "", value: (row) => row.name, render: () => null },
  { key: "code", label: "", render: () => null },
];
const names = (filter: string, order: string) => arrange(rows, columns, filter, order, "fr").map((row) => row.name);

describe("arrange", () => {
  it("sorts numbers in text as numbers", () => expect(names("", "extension")).toEqual(["anna", "Zoé", "Émile"]));
  it("sorts as the language does, backwards too", () => expect(names("", "-name")).toEqual(["Zoé", "Émile", "anna"]));
  it("keeps every word of the filter, in any column", () => expect(names("20 zo", "")).toEqual(["Zoé"]));
  it("ignores an order by a column that has none", () => expect(names("", "code")).toEqual(["Émile", "Zoé", "anna"]));
});
