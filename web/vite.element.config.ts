import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** `<switchroom-phone>` for any page: switchroom-phone.js, and what it loads when it is used. */
export default defineConfig({
  esbuild: { jsx: "automatic" },
  define: { "process.env.NODE_ENV": JSON.stringify("production") },
  publicDir: false,
  // Relative to the file itself: the page around it is of another site.
  base: "./",
  build: {
    outDir: here("dist"),
    emptyOutDir: false,
    target: "es2022",
    modulePreload: false,
    chunkSizeWarningLimit: 800,
    rollupOptions: {
      input: here("src/element.tsx"),
      // What is loaded later lies with the other assets, which pages of other sites may load too.
      output: { entryFileNames: "switchroom-phone.js", chunkFileNames: "assets/[name]-[hash].js" },
      onwarn(warning, warn) {
        if (warning.code !== "MODULE_LEVEL_DIRECTIVE") warn(warning);
      },
    },
  },
});
