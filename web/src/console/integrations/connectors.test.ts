import { describe, expect, it } from "vitest";
import { connectorBody, connectorValues, freeId } from "./connectors";

describe("settings of a connector", () => {
  it("take an address without its scheme as https, and keep nobody's key", () => {
    const values = { ...connectorValues(null), url: " odoo.example.com ", login: "anna", key: "secret" };
    expect(connectorBody(values)).toEqual({
      kind: "odoo",
      name: "Odoo",
      url: "https://odoo.example.com",
      database: "",
      ca: "",
      enabled: true,
    });
    expect(connectorBody({ ...values, url: "http://10.0.0.9:8069" }).url).toBe("http://10.0.0.9:8069");
  });

  it("get an id that is free", () => {
    expect(freeId([])).toBe("odoo");
    expect(freeId(["odoo", "odoo-2"])).toBe("odoo-3");
  });
});
