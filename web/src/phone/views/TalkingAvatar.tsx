/** Somebody's letters in a ring that follows the voice. */
import { useEffect, useRef } from "react";
import { Avatar } from "./parts";

/** @param read how loud the person speaks now, 0 to 100. */
export function TalkingAvatar({ name, size, read }: { name: string; size: number; read: () => number }) {
  const ring = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const timer = window.setInterval(() => {
      const level = Math.min(100, read());
      ring.current?.style.setProperty("--level", String(level / 100));
      ring.current?.toggleAttribute("data-talking", level > 0);
    }, 150);
    return () => window.clearInterval(timer);
  }, [read]);
  return (
    <span className="swp-ring" ref={ring}>
      <Avatar name={name} size={size} />
    </span>
  );
}
