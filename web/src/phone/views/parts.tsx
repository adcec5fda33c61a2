/** Small pieces that several views share. */
import { type ReactNode, useEffect, useId, useRef, useState, useSyncExternalStore } from "react";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { duration } from "../engine/calls";
import type { Call, Presence, Quality } from "../engine/model";

/** Letters and a colour of their own for a name. */
export function Avatar({ name, presence, size = 40 }: { name: string; presence?: Presence | null; size?: number }) {
  const { t } = useTranslation("phone");
  const hue = [...name].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 360, 7);
  const style = { "--hue": String(hue), width: size, height: size, fontSize: size * 0.38 } as React.CSSProperties;
  return (
    <span className="swp-avatar" style={style}>
      <span aria-hidden>{initials(name)}</span>
      {presence && <i className="swp-dot" data-presence={presence} role="img" aria-label={t(`status.${presence}`)} />}
    </span>
  );
}

export function initials(name: string): string {
  const words = name.split(/[\s,.;_-]+/u).filter((word) => /^\p{L}/u.test(word));
  const first = words[0]?.[0] ?? "";
  const last = words.length > 1 ? (words.at(-1)?.[0] ?? "") : "";
  return first === "" ? "#" : (first + last).toUpperCase();
}

const ticking = new Set<() => void>();
let ticker = 0;

function tick(listener: () => void): () => void {
  ticking.add(listener);
  if (ticking.size === 1) ticker = window.setInterval(() => ticking.forEach((told) => told()), 250);
  return () => {
    ticking.delete(listener);
    if (ticking.size === 0) window.clearInterval(ticker);
  };
}

/** 00:42, 1:02:03. */
export function clockOf(seconds: number): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

/** Seconds since 1970, to half a minute. */
function halfMinute(): number {
  return Math.floor(Date.now() / 30_000) * 30;
}

export function Timer({ call }: { call: Call }) {
  const get = (): number => duration(call, Date.now());
  const seconds = useSyncExternalStore(tick, get);
  return (
    <time className="swp-timer" role="timer">
      {clockOf(seconds)}
    </time>
  );
}

/** Who it is: the name, else the number, else that nobody knows (a caller who hides his number). */
export function callerOf(call: Call, t: TFunction<"phone">): string {
  return call.name || call.shown || t("unknown");
}

/** The key of the one word for what a call is doing. */
export function callWord(call: Call): string {
  if (call.state === "talking" && call.heldByThem) return "call.heldByThem";
  if (call.state === "ended" && call.ending?.by === "elsewhere") return "call.elsewhere";
  if (call.state === "ended" && call.direction === "in" && call.answeredAt === null && call.ending?.by === "them") return "call.missed";
  return `call.state.${call.state}`;
}

/** A bar that follows `read` ten times a second, outside React. */
export function Level({ read, label }: { read: () => number | null; label: string }) {
  const bar = useRef<HTMLElement>(null);
  useEffect(() => {
    const timer = window.setInterval(() => {
      if (bar.current) bar.current.style.inlineSize = `${Math.round((read() ?? 0) * 100)}%`;
    }, 100);
    return () => window.clearInterval(timer);
  }, [read]);
  return (
    <span className="swp-level" role="img" aria-label={label}>
      <i ref={bar} />
    </span>
  );
}

export function QualityWord({ quality }: { quality: Quality | null }) {
  const { t } = useTranslation("phone");
  if (!quality) return null;
  return (
    <span className="swp-quality" data-quality={quality}>
      <i aria-hidden />
      {t(`quality.${quality}`)}
    </span>
  );
}

/** A button that opens a list of acts under it. Arrow keys, Escape, and a click elsewhere do what they should. */
export function Menu({ label, icon, children, wide }: { label: string; icon: ReactNode; children: ReactNode; wide?: ReactNode }) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  useEffect(() => {
    if (!open) return;
    const items = box.current?.querySelectorAll<HTMLElement>("[role=menuitem]");
    box.current?.querySelector("[role=menu]")?.scrollIntoView({ block: "nearest" });
    items?.[0]?.focus({ preventScroll: true });
    const away = (event: Event): void => {
      if (box.current && !event.composedPath().includes(box.current)) setOpen(false);
    };
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, [open]);
  const move = (event: React.KeyboardEvent): void => {
    if (!open) return;
    const items = [...(box.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
    const at = items.findIndex((item) => item.matches(":focus"));
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      items.at((at + step + items.length) % items.length)?.focus();
    }
    if (event.key === "Escape" || event.key === "Tab") {
      event.stopPropagation();
      setOpen(false);
      box.current?.querySelector<HTMLElement>("button")?.focus();
    }
  };
  return (
    <div className="swp-menu" ref={box} onKeyDown={move}>
      <button
        type="button"
        className={wide ? "swp-status" : "swp-icon"}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={id}
        aria-label={wide ? undefined : label}
        title={label}
        onClick={() => setOpen(!open)}
      >
        {wide}
        {icon}
      </button>
      {open && (
        <div id={id} role="menu" aria-label={label} onClick={() => setOpen(false)}>
          {children}
        </div>
      )}
    </div>
  );
}

export function MenuItem({ icon, children, onClick }: { icon: ReactNode; children: ReactNode; onClick: () => void }) {
  return (
    <button type="button" role="menuitem" tabIndex={-1} onClick={onClick}>
      {icon}
      <span>{children}</span>
    </button>
  );
}

/** An act with an icon above its word. */
export function Tool(props: {
  icon: ReactNode;
  label: string;
  shortcut?: string;
  pressed?: boolean;
  disabled?: string | null;
  onClick?: () => void;
}) {
  const { icon, label, shortcut, pressed, disabled, onClick } = props;
  const hint = disabled ?? (shortcut ? `${label} (${shortcut})` : label);
  return (
    <button
      type="button"
      className="swp-tool"
      aria-pressed={pressed}
      aria-disabled={disabled ? true : undefined}
      aria-description={disabled ?? undefined}
      aria-keyshortcuts={shortcut}
      title={hint}
      onClick={disabled ? undefined : onClick}
    >
      {icon}
      <span>{label}</span>
    </button>
  );
}

export function Empty({ icon, title, children }: { icon: ReactNode; title: string; children?: ReactNode }) {
  return (
    <div className="swp-empty">
      {icon}
      <strong>{title}</strong>
      {children && <p>{children}</p>}
    </div>
  );
}

/** The middle of the night, days ago and so on, in the reader's words; the exact time on hover. */
export function Ago({ time }: { time: number }) {
  const { i18n } = useTranslation();
  const now = useSyncExternalStore(tick, halfMinute) + 30;
  const exact = new Intl.DateTimeFormat(i18n.language, { dateStyle: "full", timeStyle: "short" }).format(time * 1000);
  return (
    <time dateTime={new Date(time * 1000).toISOString()} title={exact}>
      {agoWords(time, now, i18n.language)}
    </time>
  );
}

export function agoWords(time: number, now: number, language: string): string {
  const seconds = Math.max(0, now - time);
  const words = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
  if (seconds < 60) return words.format(0, "second");
  if (seconds < 3600) return words.format(-Math.floor(seconds / 60), "minute");
  if (seconds < 86_400) return words.format(-Math.floor(seconds / 3600), "hour");
  if (seconds < 7 * 86_400) return words.format(-Math.floor(seconds / 86_400), "day");
  return new Intl.DateTimeFormat(language, { day: "numeric", month: "short" }).format(time * 1000);
}
