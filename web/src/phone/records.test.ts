import { expect, it } from "vitest";
import { addressOf } from "./records";

it("addresses of records lead to the web and nowhere else", () => {
  expect(addressOf("/records/crm/1", "https://pbx.example")).toBe("https://pbx.example/records/crm/1");
  expect(addressOf("https://odoo.example/odoo/crm/7", "https://pbx.example")).toBe("https://odoo.example/odoo/crm/7");
  for (const bad of ["", "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "https://"]) expect([bad, addressOf(bad, "https://pbx.example")]).toEqual([bad, null]);
});
