/** After a temporary password: one of one's own. */
import { useTranslation } from "react-i18next";
import { Front } from "./Front";
import { PasswordForm } from "./PasswordForm";

export default function NewPassword() {
  const { t } = useTranslation("console");
  return (
    <Front title={t("newPassword.title")} about={t("newPassword.about")} signedIn>
      <PasswordForm currentLabel={t("newPassword.current")} saveLabel={t("newPassword.save")} alone />
    </Front>
  );
}
