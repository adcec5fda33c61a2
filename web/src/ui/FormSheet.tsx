/** The side sheet every form stands in: fields in order, problems on top, Save and Cancel always in sight. */
import { Alert, Button, Stack } from "@mantine/core";
import { IconAlertTriangle, IconHistory } from "@tabler/icons-react";
import { type ReactNode, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import styles from "./Sheet.module.css";
import { useSlow } from "./progress";
import { SideSheet } from "./SideSheet";
import { fieldId, type Form, type Values } from "./useForm";

interface BodyProps<T extends Values> {
  form: Form<T>;
  /** What Save does. */
  onSave: () => void;
  /** Leave; what was typed is kept unless Cancel was pressed. */
  onClose: () => void;
  saveLabel?: string;
  /** Further buttons beside Save. */
  more?: ReactNode;
  /** Which field to go to first, from a link. */
  focusField?: string | null;
  /** Above the fields: a conflict, a hint. */
  notice?: ReactNode;
  children: ReactNode;
}

interface Props<T extends Values> extends BodyProps<T> {
  title: string;
}

export function FormSheet<T extends Values>({ title, ...props }: Props<T>) {
  return (
    <SideSheet title={title} onClose={props.onClose} size={480} closeOnClickOutside={props.form.changed.length === 0}>
      <FormBody {...props} />
    </SideSheet>
  );
}

/** The form itself: for a sheet that holds several. */
export function FormBody<T extends Values>(props: BodyProps<T>) {
  const { form, onSave, onClose, saveLabel, more, focusField, notice, children } = props;
  const { t } = useTranslation("common");
  const body = useRef<HTMLFormElement>(null);
  const slow = useSlow(form.saving);
  const firstError = [...form.errors.keys()].find((field) => field !== null) ?? null;
  const general = form.errors.get(null);

  useEffect(() => {
    const field = firstError ?? focusField ?? null;
    if (field === null) return;
    const found = body.current?.querySelector<HTMLElement>(`#${fieldId(field)}`);
    if (!found) return;
    found.closest("details")?.setAttribute("open", "");
    // After the sheet has taken the focus for itself.
    const timer = setTimeout(() => found.focus(), 50);
    return () => clearTimeout(timer);
  }, [firstError, focusField, form.errors]);

  const cancel = () => {
    form.forget();
    onClose();
  };
  return (
    <form
      ref={body}
      noValidate
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        // A form that a sheet within this one holds is not this one.
        event.stopPropagation();
        onSave();
      }}
    >
      <Stack gap="lg" className={styles.main}>
        {form.restored && (
          <Alert color="accent" icon={<IconHistory size={18} />} p="sm">
            {t("form.restored")}
          </Alert>
        )}
        {general !== undefined && (
          <Alert color="red" icon={<IconAlertTriangle size={18} />} role="alert">
            {general}
          </Alert>
        )}
        {notice}
        {children}
      </Stack>
      <div className={styles.foot}>
        <Button type="submit" loading={slow}>
          {saveLabel ?? t("action.save")}
        </Button>
        {more}
        <Button variant="default" onClick={cancel}>
          {t("action.cancel")}
        </Button>
      </div>
    </form>
  );
}
