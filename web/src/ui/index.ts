/** What all screens share: the theme, lists, forms, states, times, messages. */
export { type Address, useAddress } from "./address";
export { ConfirmDelete } from "./ConfirmDelete";
export { CopyField } from "./CopyField";
export { type Column, DataTable, Rows } from "./DataTable";
export { errorText, sentenceFor } from "./errors";
export { useFocusBack } from "./focus";
export * from "./format";
export { numberLabel } from "./numberLabel";
export { FormBody, FormSheet } from "./FormSheet";
export { Card, Empty, Failed, Page } from "./Page";
export { type Loaded, loaded } from "./loaded";
export { BusyLine, Loading, useSlow } from "./progress";
export { SideSheet } from "./SideSheet";
export { isState, type State, StateBadge } from "./StateBadge";
export { theme } from "./theme";
export { Elapsed, RelativeTime, ShortTime, useNow } from "./Time";
export { toastDone, toastFailed, Toasts } from "./toasts";
export { changedFields, fieldId, type Form, useForm, type Values } from "./useForm";
