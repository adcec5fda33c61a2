/** The panel, upper right over the page; the whole screen of a small one. */
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { usePhone } from "../PhoneContext";
import { PhoneEffects } from "./effects";
import { PhoneView } from "./PhoneView";

export default function FloatingPhone() {
  const { t } = useTranslation("phone");
  const { open, setOpen } = usePhone();
  const panel = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    const escape = (event: KeyboardEvent): void => {
      const root = panel.current?.getRootNode() as Document | ShadowRoot | undefined;
      const inside = panel.current?.contains(root?.activeElement ?? null) ?? false;
      if (event.key === "Escape" && inside && !event.defaultPrevented) setOpen(false);
    };
    window.addEventListener("keydown", escape);
    return () => window.removeEventListener("keydown", escape);
  }, [open, setOpen]);
  return (
    <>
      <PhoneEffects />
      {open && (
        <div ref={panel} className="swp swp-floating" role="dialog" aria-label={t("phone")}>
          <PhoneView onClose={() => setOpen(false)} />
        </div>
      )}
    </>
  );
}
