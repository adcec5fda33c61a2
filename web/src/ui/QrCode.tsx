/** A value as a QR code. */
import qrcode from "qrcode-generator";
import { useMemo } from "react";
import styles from "./CopyField.module.css";

/** Light modules around the code (ISO/IEC 18004): readers need them on a dark page. */
const QUIET = 4;

/** A QR code, dark on white in both themes so that every camera reads it. */
export default function QrCode({ text, label, size = 192 }: { text: string; label: string; size?: number }) {
  const { path, cells } = useMemo(() => {
    const code = qrcode(0, "M");
    code.addData(text);
    code.make();
    const count = code.getModuleCount();
    let drawn = "";
    for (let row = 0; row < count; row++) {
      for (let column = 0; column < count; column++) {
        if (code.isDark(row, column)) drawn += `M${column + QUIET} ${row + QUIET}h1v1h-1z`;
      }
    }
    return { path: drawn, cells: count + 2 * QUIET };
  }, [text]);
  return (
    <svg className={styles.qr} width={size} height={size} viewBox={`0 0 ${cells} ${cells}`} role="img" aria-label={label}>
      <rect width={cells} height={cells} fill="#fff" />
      <path d={path} fill="#000" shapeRendering="crispEdges" />
    </svg>
  );
}
