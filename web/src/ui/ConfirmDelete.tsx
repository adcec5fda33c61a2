/** Asks before something is deleted, by its name; Cancel has the focus. */
import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFocusBack } from "./focus";
import { useSlow } from "./progress";
import { toastFailed } from "./toasts";

/** It wants an answer: the role stands on the element that has the name, which is always a "dialog" to the library. */
function asAlert(inside: HTMLElement | null): void {
  inside?.closest("[role=dialog]")?.setAttribute("role", "alertdialog");
}

interface Props {
  title: string;
  /** What will happen. */
  children: ReactNode;
  /** The word on the red button: Delete, Remove, Hang up. */
  action: string;
  icon?: ReactNode;
  /** Red is for deleting and hanging up. */
  color?: "red" | "accent";
  onConfirm: () => Promise<void>;
  onClose: () => void;
}

export function ConfirmDelete({ title, children, action, icon, color = "red", onConfirm, onClose }: Props) {
  const { t } = useTranslation("common");
  useFocusBack();
  const [busy, setBusy] = useState(false);
  const slow = useSlow(busy);
  const confirm = async () => {
    if (busy) return;
    setBusy(true);
    try {
      await onConfirm();
      onClose();
    } catch (error) {
      toastFailed(error);
      setBusy(false);
    }
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      centered
    >
      <Stack gap="lg" ref={asAlert}>
        <Text component="div">{children}</Text>
        <Group justify="space-between">
          <Button variant="default" onClick={onClose} data-autofocus mih={44}>
            {t("action.cancel")}
          </Button>
          <Button
            color={color}
            leftSection={icon ?? <IconTrash size={18} />}
            loading={slow}
            onClick={() => void confirm()}
            mih={44}
          >
            {action}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
