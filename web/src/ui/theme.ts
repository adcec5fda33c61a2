/** The look of every screen: one accent colour, the system's font, steps of 8 pixels, calm greys. */
import { createTheme, type MantineColorsTuple } from "@mantine/core";
import i18next from "i18next";

/** The accent: for what may be pressed, where one is, and the focus. */
const accent: MantineColorsTuple = [
  "#eef2ff",
  "#dfe6fb",
  "#bccaf4",
  "#96abed",
  "#758fe7",
  "#5d79e0",
  "#4766d6",
  "#3553c4",
  "#2b45a6",
  "#213683",
];

/** Adding, calling, answering: what the requirements call green. Dark enough for white words (5:1). */
const green: MantineColorsTuple = [
  "#e9f8ef",
  "#d3eedd",
  "#a5dcba",
  "#75ca95",
  "#4db975",
  "#2fa65d",
  "#187f42",
  "#157c3e",
  "#116833",
  "#0b5127",
];

/** Deleting, hanging up, rejecting. */
const red: MantineColorsTuple = [
  "#fff0ef",
  "#fbdedc",
  "#f2bab6",
  "#ea938e",
  "#e3716b",
  "#da514a",
  "#cd3a33",
  "#b92d27",
  "#9a241f",
  "#781a16",
];

/** What waits for somebody: unapplied, waiting, on hold. */
const amber: MantineColorsTuple = [
  "#fff6e3",
  "#fdeaca",
  "#f7d498",
  "#efbb61",
  "#e6a53a",
  "#cf8a1c",
  "#b07210",
  "#935d0a",
  "#774b08",
  "#5b3905",
];

const gray: MantineColorsTuple = [
  "#f7f8fa",
  "#eff1f4",
  "#e4e7ec",
  "#d3d8e0",
  "#b5bcc8",
  "#8c95a4",
  "#616b7b",
  "#4a5463",
  "#323a47",
  "#1b212b",
];

const dark: MantineColorsTuple = [
  "#e4e8ee",
  "#bcc4cf",
  "#98a2b1",
  "#6f7a8b",
  "#3d4653",
  "#2d343f",
  "#222831",
  "#181d24",
  "#11151b",
  "#0c0f14",
];

const asInput = { size: "md", inputWrapperOrder: ["label", "description", "input", "error"] as ("label" | "description" | "input" | "error")[] };

/** Dialogs and side sheets close by a large button that says so, in the language of the moment. */
const closing = () => ({ closeButtonProps: { "aria-label": i18next.t("common:action.close"), size: 44, iconSize: 22 } });

export const theme = createTheme({
  black: "#1b212b",
  colors: { accent, green, red, amber, gray, dark },
  primaryColor: "accent",
  primaryShade: { light: 7, dark: 6 },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace',
  headings: { fontWeight: "620", sizes: { h1: { fontSize: "1.5rem" }, h2: { fontSize: "1.0625rem" } } },
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  spacing: { xs: "0.5rem", sm: "0.75rem", md: "1rem", lg: "1.5rem", xl: "2rem" },
  components: {
    ActionIcon: { defaultProps: { size: 44, variant: "subtle", color: "gray" } },
    Button: { defaultProps: { size: "sm" }, styles: { root: { fontWeight: 550 } } },
    Drawer: { defaultProps: closing },
    Input: { defaultProps: { size: "md" } },
    Modal: { defaultProps: closing, styles: { title: { fontWeight: 620, fontSize: "1.125rem" } } },
    MultiSelect: { defaultProps: { ...asInput, comboboxProps: { keepMounted: false } } },
    NativeSelect: { defaultProps: asInput },
    PasswordInput: { defaultProps: asInput },
    Paper: { defaultProps: { withBorder: true, radius: "lg" } },
    Select: { defaultProps: { ...asInput, comboboxProps: { keepMounted: false } } },
    Switch: { defaultProps: { size: "md" } },
    Textarea: { defaultProps: asInput },
    TextInput: { defaultProps: asInput },
    Tooltip: { defaultProps: { openDelay: 300, withArrow: true } },
  },
});
