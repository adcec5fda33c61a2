/** Draws the phone into the shadow root of a custom element, with its own styles and words. */
import baseline from "@mantine/core/styles/baseline.css?inline";
import ActionIcon from "@mantine/core/styles/ActionIcon.css?inline";
import ButtonCss from "@mantine/core/styles/Button.css?inline";
import Checkbox from "@mantine/core/styles/Checkbox.css?inline";
import variables from "@mantine/core/styles/default-css-variables.css?inline";
import global from "@mantine/core/styles/global.css?inline";
import InlineInput from "@mantine/core/styles/InlineInput.css?inline";
import Input from "@mantine/core/styles/Input.css?inline";
import Loader from "@mantine/core/styles/Loader.css?inline";
import PasswordInput from "@mantine/core/styles/PasswordInput.css?inline";
import Switch from "@mantine/core/styles/Switch.css?inline";
import UnstyledButton from "@mantine/core/styles/UnstyledButton.css?inline";
import { createRoot } from "react-dom/client";
import type { EventDetail, PhoneEventName } from "../element";
import themeCss from "../ui/theme.css?inline";
import activitiesCss from "./activities.css?inline";
import conferenceCss from "./conference.css?inline";
import movingCss from "./moving.css?inline";
import { ElementApp } from "./ElementApp";
import phoneCss from "./phone.css?inline";
import type { Statement } from "./siteSignIn";
import { chosenLanguage, phoneTranslations, speakPhone } from "./translations";

export interface ElementOptions {
  /** Origin of the Switchroom server. */
  server: string;
  /** Null: the page's, else the browser's. */
  language: string | null;
  /** Stands on the keypad to begin with. */
  number: string;
  /** The panel stands in the page; else it opens from an icon. */
  inline: boolean;
  /** `tel:` links of the page call. */
  links: boolean;
  /** Dispatches an event; false: the page took care of it (`preventDefault`). */
  /** Given by a page that signs its people in by itself; null: they sign in here. */
  statement: Statement | null;
  tell: (name: PhoneEventName, detail: EventDetail | null) => boolean;
}

export interface ElementHandle {
  call: (number: string) => Promise<boolean>;
  hangUp: () => void;
  show: (open: boolean) => void;
  refresh: () => void;
  update: (options: ElementOptions) => void;
  unmount: () => void;
}

/** What the running app gives the element to hold on to. */
export type Controls = Pick<ElementHandle, "call" | "hangUp" | "show" | "refresh">;

const HOST = `
:host { all: initial; display: inline-block; background: none; font-family: var(--mantine-font-family); }
:host([hidden]) { display: none; }
.swp-floating { inset-block-start: var(--switchroom-top, 72px); inset-inline-end: var(--switchroom-right, 16px); z-index: var(--switchroom-layer, 250); }
`;

/** Rules of the page's root hold for the element's host; nothing of theirs reaches the page around it. */
function scoped(css: string): string {
  return css.replaceAll(":root", ":host").replace(/^body\b/gm, ":host");
}

const STYLES = [baseline, variables, global, UnstyledButton, ButtonCss, ActionIcon, Loader, Input, InlineInput, PasswordInput, Checkbox, Switch];

export async function mount(host: HTMLElement, shadow: ShadowRoot, options: ElementOptions): Promise<ElementHandle> {
  const wanted = (now: ElementOptions): string[] => [now.language ?? "", document.documentElement.lang, ...navigator.languages];
  const words = await phoneTranslations(wanted(options));
  const style = document.createElement("style");
  style.textContent = [...STYLES, themeCss].map(scoped).join("\n") + phoneCss + conferenceCss + movingCss + activitiesCss + HOST;
  const place = document.createElement("div");
  shadow.replaceChildren(style, place);
  const root = createRoot(place);
  let controls: Controls | null = null;
  let waiting: string | null = null;
  const take = (given: Controls | null): void => {
    controls = given;
    if (!given || waiting === null) return;
    void given.call(waiting);
    waiting = null;
  };
  const draw = (now: ElementOptions): void =>
    root.render(<ElementApp host={host} options={now} words={words} onControls={take} />);
  draw(options);
  return {
    call: (number) => {
      if (controls) return controls.call(number);
      waiting = number;
      return Promise.resolve(false);
    },
    hangUp: () => controls?.hangUp(),
    show: (open) => controls?.show(open),
    refresh: () => controls?.refresh(),
    update: (now) => {
      void speakPhone(words, chosenLanguage(wanted(now)));
      draw(now);
    },
    unmount: () => root.unmount(),
  };
}
