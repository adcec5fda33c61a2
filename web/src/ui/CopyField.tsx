/** A value to copy, and a value as a QR code. */
import { ActionIcon, CopyButton, Text, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import qrcode from "qrcode-generator";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import styles from "./CopyField.module.css";

export function CopyField({ label, value, secret = false }: { label: string; value: string; secret?: boolean }) {
  const { t } = useTranslation("common");
  return (
    <div className={styles.field}>
      <Text size="sm" c="dimmed" className={styles.label}>
        {label}
      </Text>
      <Text className={styles.value} ff={secret ? "monospace" : "text"} fw={550}>
        {value}
      </Text>
      <CopyButton value={value} timeout={2000}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? t("action.copied") : t("action.copy")}>
            <ActionIcon onClick={copy} aria-label={t("action.copyWhat", { what: label })}>
              {copied ? <IconCheck size={20} color="var(--sw-good)" /> : <IconCopy size={20} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </div>
  );
}

/** A QR code, dark on white in both themes so that every camera reads it. */
export function QrCode({ text, label, size = 176 }: { text: string; label: string; size?: number }) {
  const { path, cells } = useMemo(() => {
    const code = qrcode(0, "M");
    code.addData(text);
    code.make();
    const count = code.getModuleCount();
    let drawn = "";
    for (let row = 0; row < count; row++) {
      for (let column = 0; column < count; column++) {
        if (code.isDark(row, column)) drawn += `M${column + 2} ${row + 2}h1v1h-1z`;
      }
    }
    return { path: drawn, cells: count + 4 };
  }, [text]);
  return (
    <svg className={styles.qr} width={size} height={size} viewBox={`0 0 ${cells} ${cells}`} role="img" aria-label={label}>
      <rect width={cells} height={cells} fill="#fff" />
      <path d={path} fill="#000" shapeRendering="crispEdges" />
    </svg>
  );
}
