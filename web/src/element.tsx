/** `<switchroom-phone>`, the phone for any page. What it needs is loaded when the first one is put into a page. */
import type { ElementHandle, ElementOptions } from "./phone/mount";
import type { Match, Opened } from "./phone/records";
import type { Statement } from "./phone/siteSignIn";

export type PhoneEventName = "ready" | "incoming" | "answered" | "ended" | "switchroom-call" | "switchroom-open-record";

/** What the events `incoming`, `answered` and `ended` carry as `detail`. */
export interface PhoneEventDetail {
  id: string;
  direction: "in" | "out";
  number: string;
  name: string | null;
  /** Seconds of talk; with `ended`. */
  seconds: number;
  /** Why it could not be; with `ended`, else null. */
  failure: string | null;
}

/** `detail` of `switchroom-call`: who it is, as far as that is known, and what is open with them. */
export interface CallEventDetail extends Match {
  id: string;
  state: "ringing" | "answered" | "ended";
  direction: "in" | "out";
  number: string;
  name: string | null;
}

export type EventDetail = PhoneEventDetail | CallEventDetail | Opened;

const OWN_SERVER = new URL(import.meta.url).origin;

class SwitchroomPhone extends HTMLElement {
  static readonly observedAttributes = ["server", "language", "number", "inline", "links"];
  #handle: Promise<ElementHandle> | null = null;
  #statement: Statement | null = null;

  /** Asked for a statement that the page's server signed, whenever somebody is to be signed in; null: by a form. */
  get statement(): Statement | null {
    return this.#statement;
  }

  set statement(given: Statement | null) {
    this.#statement = given;
    void this.#handle?.then((handle) => handle.update(this.#options()));
  }

  connectedCallback(): void {
    // Set before this script was there: it hides the accessor.
    if (Object.hasOwn(this, "statement")) {
      const { statement } = this;
      Reflect.deleteProperty(this, "statement");
      this.#statement = statement;
    }
    const shadow = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    this.#handle = import("./phone/mount").then(({ mount }) => mount(this, shadow, this.#options()));
    this.#handle.catch((error: unknown) => console.error("switchroom-phone", error));
  }

  disconnectedCallback(): void {
    void this.#handle?.then((handle) => handle.unmount());
    this.#handle = null;
  }

  attributeChangedCallback(): void {
    void this.#handle?.then((handle) => handle.update(this.#options()));
  }

  /** Call a number or extension in any common form. Resolves to whether a call was begun; opens the panel. */
  async call(number: string): Promise<boolean> {
    const handle = await this.#handle;
    return handle ? handle.call(number) : false;
  }

  /** End the running call, or reject the ringing one. */
  async hangUp(): Promise<void> {
    (await this.#handle)?.hangUp();
  }

  /** Show or hide the panel. */
  async show(open = true): Promise<void> {
    (await this.#handle)?.show(open);
  }

  /** Ask for the planned calls again, at once: something was changed elsewhere. */
  async refresh(): Promise<void> {
    (await this.#handle)?.refresh();
  }

  #options(): ElementOptions {
    return {
      server: (this.getAttribute("server") ?? OWN_SERVER).replace(/\/+$/, ""),
      language: this.getAttribute("language"),
      number: this.getAttribute("number") ?? "",
      inline: this.hasAttribute("inline"),
      links: this.hasAttribute("links"),
      statement: this.#statement,
      tell: (name, detail) => this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable: true })),
    };
  }
}

if (!customElements.get("switchroom-phone")) customElements.define("switchroom-phone", SwitchroomPhone);
