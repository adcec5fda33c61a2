import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const server = process.env.SWITCHROOM_URL ?? "http://127.0.0.1:8080";

/** The pages: the console (index.html), the phone alone (phone.html) and a guest's link (join.html), built into `dist`; `finish.mjs` puts it into the Python package. */
export default defineConfig({
  esbuild: { jsx: "automatic" },
  server: {
    proxy: {
      "/api": { target: server, ws: true },
      "/sip": { target: server, ws: true },
    },
  },
  build: {
    outDir: here("dist"),
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    rollupOptions: {
      input: { index: here("index.html"), phone: here("phone.html"), join: here("join.html") },
      onwarn(warning, warn) {
        if (warning.code !== "MODULE_LEVEL_DIRECTIVE") warn(warning);
      },
    },
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}"],
  },
});
